import { type LearnedName, NAME_KINDS } from "@ngflow/flows";
import type { NameEntry } from "./domain-names.ts";
import { nameRows, type SavedNames } from "./saved-names.ts";
import { readStateFile, writeStateFile } from "./state-file.ts";

/** Name of the file in the state directory. */
export const NAMES_FILE = "names.json";
const FORMAT = 1;
const MAX_TIME_MS = 8.64e15;

/** Replaces the file of names. */
export function writeNamesFile(stateDir: string, saved: readonly SavedNames[]): Promise<void> {
  const exporters = saved.map(({ names, ...exporter }) => ({
    ...exporter,
    // JSON has no infinity.
    names: names.map((entry) => ({ ...entry, toMs: entry.toMs === Infinity ? null : entry.toMs })),
  }));
  return writeStateFile(stateDir, NAMES_FILE, [`${JSON.stringify({ format: FORMAT, exporters })}\n`]);
}

/** The names that were saved; empty without a file. A damaged file is set aside and reported to `onDamage`. */
export function readNamesFile(stateDir: string, onDamage?: (reason: string) => void, name = NAMES_FILE): SavedNames[] {
  const file = readStateFile(stateDir, name, isFile, onDamage);
  return (file?.exporters ?? []).map(({ names, ...exporter }) => ({
    ...exporter,
    names: names.map((entry) => ({ ...entry, toMs: entry.toMs ?? Infinity })),
  }));
}

/** The names that a collector saved, as rows; for other processes. Empty without a file, or with a damaged one. */
export function savedNameRows(stateDir: string, name = NAMES_FILE): LearnedName[] {
  return nameRows(readNamesFile(stateDir, undefined, name));
}

type InFile<T> = Omit<T, "toMs"> & { readonly toMs: number | null };
type FileExporter = Omit<SavedNames, "names"> & { readonly names: readonly InFile<NameEntry>[] };

function isFile(value: unknown): value is { readonly exporters: readonly FileExporter[] } {
  const file = value as { format?: unknown; exporters?: unknown };
  return file?.format === FORMAT && Array.isArray(file.exporters) && file.exporters.every(isExporter);
}

function isExporter(value: unknown): boolean {
  const e = value as FileExporter;
  return (
    typeof e?.address === "string" &&
    typeof e.agent === "string" &&
    Number.isInteger(e.version) &&
    Number.isInteger(e.domain) &&
    Array.isArray(e.names) &&
    e.names.every(isName)
  );
}

const isTime = (value: unknown): boolean => typeof value === "number" && value >= 0 && value <= MAX_TIME_MS;

function isName(value: unknown): boolean {
  const n = value as InFile<NameEntry>;
  return (
    NAME_KINDS.includes(n?.kind) &&
    [n.id, n.name, n.description].every((text) => typeof text === "string") &&
    isTime(n.fromMs) &&
    (n.toMs === null || isTime(n.toMs))
  );
}
