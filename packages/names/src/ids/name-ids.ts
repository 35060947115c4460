import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Log } from "@ngflow/base";
import type { SourceStatus } from "@ngflow/flows";
import { type IdEntry, idKey, type IdLine, parseLine } from "./id-lines.ts";

/** Most numbers of one data directory. Beyond, addresses have no network or place, which is counted. */
export const MAX_IDS = 1_000_000;
/** Numbers that are reserved at a time. */
const RESERVED = 4096;

/**
 * Numbers for networks and places, which flows have instead of texts. A number keeps its texts forever: what a file
 * calls differently later is a new number, so that stored flows keep the names that they were received with.
 *
 * Numbers are reserved in the file, synced, before they are used. After a loss of power a number that flows may have,
 * but the file does not, is not used again: such flows have no name, rather than a wrong one.
 */
export class NameIds {
  readonly #path: string;
  readonly #log: Log;
  readonly #byKey = new Map<string, number>();
  #file: number | undefined;
  #last = 0;
  #reserved = 0;
  /** Networks and places that got no number: there are too many, or the file could not be written. */
  refused = 0;
  #isLogged = false;

  /** @param path the file; it and its directory are made when the first number is needed */
  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    for (const line of readLines(path)) this.#take(line);
    this.#last = Math.max(this.#last, this.#reserved);
  }

  get size(): number {
    return this.#byKey.size;
  }

  #take(line: IdLine): void {
    if ("reserved" in line) this.#reserved = Math.max(this.#reserved, line.reserved);
    else {
      this.#byKey.set(idKey(line.entry), line.id);
      this.#last = Math.max(this.#last, line.id);
    }
  }

  /** The number of a network or place; 0 if all its texts are empty, or it gets none. */
  idOf(entry: IdEntry): number {
    if (Object.values(entry.texts).every((text) => text === "")) return 0;
    const key = idKey(entry);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.#byKey.size >= MAX_IDS) return this.#refuse("there are too many networks and places");
    try {
      this.#file ??= this.#open();
      if (this.#last >= this.#reserved) this.#reserve();
      writeSync(this.#file, `${JSON.stringify({ id: this.#last + 1, kind: entry.kind, ...entry.texts })}\n`);
    } catch (error) {
      return this.#refuse(String(error));
    }
    this.#byKey.set(key, ++this.#last);
    return this.#last;
  }

  /** How many numbers there are, and whether any were refused. */
  status(): SourceStatus {
    const { refused } = this;
    return {
      kind: "numbers",
      from: this.#path,
      state: "current",
      entries: this.size,
      readAt: null,
      madeAt: null,
      error: refused === 0 ? null : `${refused} networks and places got no number: flows have no name for them`,
    };
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true });
    const file = openSync(this.#path, "a", 0o644);
    // What was written before a loss of power may have no end.
    writeSync(file, "\n");
    return file;
  }

  #reserve(): void {
    const reserved = this.#last + RESERVED;
    writeSync(this.#file!, `${JSON.stringify({ reserved })}\n`);
    fsyncSync(this.#file!);
    this.#reserved = reserved;
  }

  #refuse(reason: string): number {
    this.refused++;
    if (!this.#isLogged)
      this.#log.warn(
        { path: this.#path, reason },
        "new networks and places get no number: flows have no name for them",
      );
    this.#isLogged = true;
    return 0;
  }
}

function readLines(path: string): IdLine[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => parseLine(line) ?? []);
}
