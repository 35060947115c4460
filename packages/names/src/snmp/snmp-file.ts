import { readFileSync, statSync } from "node:fs";
import { type LearnedName, NAME_KINDS } from "@ngflow/flows";
import { whenReplaced } from "../whole-file.ts";

/**
 * Files in the collector's state directory: names that agents gave, when each agent answered last, and the classes of
 * interfaces. Of names, a line per exporter, as JSON.
 */
export const SNMP_NAMES_FILE = "snmp-names.ndjson";
export const SNMP_READ_FILE = "snmp-read.json";
export const INTERFACE_CLASSES_FILE = "interface-classes.ndjson";

/** Names of an exporter. */
export interface ExporterNames {
  readonly exporter: string;
  readonly names: readonly LearnedName[];
}

/** Everybody may read the files. */
export const FILE_MODE = 0o644;
/** Largest file that is read. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The line of an exporter. */
export function namesLine({ exporter, names }: ExporterNames): string {
  return `${JSON.stringify({ exporter, names })}\n`;
}

/** The exporters of a file; none without one. Lines that are damaged are left out. */
export function readNamesLines(path: string): ExporterNames[] {
  const text = textOf(path);
  return text === undefined ? [] : text.split("\n").flatMap((line) => parseLine(line) ?? []);
}

/** When each exporter's agent answered last, Unix milliseconds; none without a file, or with a damaged one. */
export function readTimes(path: string): ReadonlyMap<string, number> {
  try {
    const value = JSON.parse(textOf(path) ?? "{}") as Readonly<Record<string, unknown>>;
    const times = Object.entries(value).filter((each): each is [string, number] => Number.isSafeInteger(each[1]));
    return new Map(times);
  } catch {
    return new Map();
  }
}

/** Reads the names of a file, again when it is another one: the same array as long as it is not. */
export function namesReader(path: string): () => readonly LearnedName[] {
  return whenReplaced<readonly LearnedName[]>(path, [], () => readNamesLines(path).flatMap(({ names }) => names));
}

function textOf(path: string): string | undefined {
  try {
    return statSync(path).size > MAX_BYTES ? undefined : readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function parseLine(line: string): ExporterNames | undefined {
  if (line === "") return undefined;
  try {
    const { exporter, names } = JSON.parse(line) as ExporterNames;
    if (typeof exporter !== "string" || !Array.isArray(names)) return undefined;
    return { exporter, names: names.filter((row: unknown) => isName(row, exporter)) };
  } catch {
    return undefined;
  }
}

function isName(value: unknown, exporter: string): boolean {
  const row = value as LearnedName;
  const isTime = (text: unknown): boolean => typeof text === "string" && Number.isFinite(Date.parse(text));
  return (
    NAME_KINDS.includes(row?.kind) &&
    row.exporter === exporter &&
    Number.isInteger(row.domain) &&
    [row.id, row.name, row.description].every((text) => typeof text === "string") &&
    isTime(row.from) &&
    (row.to === null || isTime(row.to))
  );
}
