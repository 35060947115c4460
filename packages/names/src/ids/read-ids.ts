import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type NameTable, TABLE_FIELDS } from "@ngflow/flows";
import { type IdKind, type IdLine, parseLine } from "./id-lines.ts";

/** Names by number, of what flows have. */
export interface IdTables {
  readonly network: NameTable<"network">;
  readonly place: NameTable<"place">;
}

/** Most bytes that are read at a time. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Reads the file of numbers that a collector writes, each time what has been added. The tables are the same objects as
 * long as nothing was.
 */
export function idReader(path: string): () => IdTables {
  const texts: Record<IdKind, Record<string, Map<number, string>>> = { network: {}, place: {} };
  let tables: IdTables = { network: {}, place: {} };
  let position = 0;
  let inode = 0;
  const take = (line: IdLine | undefined): void => {
    if (line === undefined || "reserved" in line) return;
    const { kind, texts: fields } = line.entry;
    for (const field of TABLE_FIELDS[kind]) {
      const text = fields[field];
      if (text) (texts[kind][field] ??= new Map<number, string>()).set(line.id, text);
    }
  };
  return () => {
    const added = readFrom(path, position, inode);
    if (added === undefined) return tables;
    if (added.restarted) {
      texts.network = {};
      texts.place = {};
    }
    position = added.position;
    inode = added.inode;
    for (const line of added.text.split("\n")) take(parseLine(line));
    const copy = (kind: IdKind): Record<string, ReadonlyMap<number, string>> =>
      Object.fromEntries(Object.entries(texts[kind]).map(([field, map]) => [field, new Map(map)]));
    tables = { network: copy("network"), place: copy("place") };
    return tables;
  };
}

interface Added {
  readonly text: string;
  readonly position: number;
  readonly inode: number;
  /** It is another file, or a shorter one. */
  readonly restarted: boolean;
}

/** Whole lines from a position on; undefined if there are none, or no file. */
function readFrom(path: string, position: number, inode: number): Added | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const { size, ino } = fstatSync(file);
    const restarted = inode !== 0 && (ino !== inode || size < position);
    const from = restarted ? 0 : position;
    const buffer = Buffer.alloc(Math.min(size - from, MOST_BYTES));
    const length = readSync(file, buffer, 0, buffer.length, from);
    const end = buffer.lastIndexOf(10, length - 1) + 1;
    if (end <= 0 && !restarted) return undefined;
    return { text: buffer.toString("utf8", 0, end), position: from + end, inode: ino, restarted };
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}
