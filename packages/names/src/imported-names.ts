import type { LearnedName } from "@ngflow/flows";
import { FILE_MODE, namesLine, readNamesLines } from "./snmp/snmp-file.ts";
import { replaceFile } from "./whole-file.ts";

/** File in the data directory's folder of imports: the names that imported files had, a line per exporter, as JSON. */
export const IMPORTED_NAMES_FILE = "names.ndjson";
/** Most names of the file; those that began first give way. */
const MOST = 65_536;

/** Adds the names of a source to those of earlier ones. @throws the system's error. */
export async function addImportedNames(path: string, names: readonly LearnedName[]): Promise<void> {
  if (names.length === 0) return;
  const before = readNamesLines(path).flatMap((exporter) => exporter.names);
  const all = joinNames(before, names);
  const kept = all.length <= MOST ? all : [...all].sort(byBegin).slice(-MOST);
  const byExporter = grouped(kept, ({ exporter }) => exporter);
  const lines = [...byExporter].map(([exporter, rows]) => namesLine({ exporter, names: rows }));
  await replaceFile(path, lines.join(""), FILE_MODE);
}

/** Names of two sources as one history: those of one number follow each other, each until the next one begins. */
export function joinNames(first: readonly LearnedName[], second: readonly LearnedName[]): readonly LearnedName[] {
  if (second.length === 0) return first;
  if (first.length === 0) return second;
  const numberOf = ({ exporter, domain, kind, id }: LearnedName): string => `${exporter} ${domain} ${kind} ${id}`;
  const byNumber = grouped([...first, ...second], numberOf);
  return [...byNumber.values()].flatMap((rows) => (rows.length === 1 ? rows : history(rows)));
}

function history(rows: readonly LearnedName[]): LearnedName[] {
  const made: LearnedName[] = [];
  for (const row of [...rows].sort(byBegin)) {
    const last = made.at(-1);
    if (last === undefined) {
      made.push(row);
      continue;
    }
    const isSame = last.name === row.name && last.description === row.description;
    if (isSame) made[made.length - 1] = { ...last, to: later(last.to, row.to) };
    else {
      if (last.from === row.from) made.pop();
      else made[made.length - 1] = { ...last, to: last.to !== null && last.to < row.from ? last.to : row.from };
      made.push(row);
    }
  }
  return made;
}

const byBegin = (a: LearnedName, b: LearnedName): number => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0);

/** The later of two ends; null is none. */
const later = (a: string | null, b: string | null): string | null => (a === null || b === null ? null : a > b ? a : b);

function grouped(rows: readonly LearnedName[], keyOf: (row: LearnedName) => string): Map<string, LearnedName[]> {
  const groups = new Map<string, LearnedName[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}
