import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { NAMES_FILE, OTHER_NAMES, OTHERS_DIRECTORY, savedNameRows } from "@ngflow/collector/files";
import type { LearnedName } from "@ngflow/flows";
import {
  IMPORTED_NAMES_FILE,
  INTERFACE_CLASSES_FILE,
  joinNames,
  mergeNames,
  namesReader,
  SNMP_NAMES_FILE,
} from "@ngflow/names";
import { collectorState } from "./collector-state.ts";
import { unionNames } from "./union-names.ts";

type Names = () => readonly LearnedName[];

const NONE: readonly LearnedName[] = [];

/**
 * Reads the names that the collector of a data directory saved, of options and SNMP, those of imported files, and the
 * classes of interfaces; again only when others were saved. Empty without a file.
 */
export function savedNames(dataDirectory: string): Names {
  const classes = namesReader(join(collectorState(dataDirectory), INTERFACE_CLASSES_FILE));
  return together(namesWithSnmp(dataDirectory), classes, (names, more) =>
    more.length === 0 ? names : [...names, ...more],
  );
}

/** The same without classes, which come from them. */
export function namesWithSnmp(dataDirectory: string): Names {
  const snmp = namesReader(join(collectorState(dataDirectory), SNMP_NAMES_FILE));
  const imported = namesReader(join(dataDirectory, "import", IMPORTED_NAMES_FILE));
  return together(together(namesOfOptions(dataDirectory), imported, joinNames), snmp, mergeNames);
}

/** Those of this collector, and of others that keep flows in the same database. */
function namesOfOptions(dataDirectory: string): Names {
  const stateDir = collectorState(dataDirectory);
  const others = join(stateDir, OTHERS_DIRECTORY);
  const own = namesOfFile(stateDir, NAMES_FILE);
  const readers = new Map<string, Names>();
  let made: { readonly lists: readonly (readonly LearnedName[])[]; readonly rows: readonly LearnedName[] } | undefined;
  return () => {
    const lists = [own()];
    for (const name of namesOf(others)) {
      let reader = readers.get(name);
      if (reader === undefined) readers.set(name, (reader = namesOfFile(others, name)));
      lists.push(reader());
    }
    if (made?.lists.length !== lists.length || made.lists.some((list, i) => list !== lists[i]))
      made = { lists, rows: unionNames(lists) };
    return made.rows;
  };
}

/** Files with names of other collectors. */
function namesOf(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith(OTHER_NAMES))
    .sort();
}

function namesOfFile(directory: string, name: string): Names {
  let read: { readonly mtimeMs: number; readonly rows: readonly LearnedName[] } | undefined;
  return () => {
    const stat = statSync(join(directory, name), { throwIfNoEntry: false });
    if (stat === undefined) return NONE;
    if (read?.mtimeMs !== stat.mtimeMs) read = { mtimeMs: stat.mtimeMs, rows: savedNameRows(directory, name) };
    return read.rows;
  };
}

/** Two lists as one; the same array as long as both are. */
function together(
  first: Names,
  second: Names,
  merge: (a: readonly LearnedName[], b: readonly LearnedName[]) => readonly LearnedName[],
): Names {
  let made: { readonly a: readonly LearnedName[]; readonly b: readonly LearnedName[] } | undefined;
  let rows = NONE;
  return () => {
    const [a, b] = [first(), second()];
    if (made?.a !== a || made.b !== b) {
      made = { a, b };
      rows = merge(a, b);
    }
    return rows;
  };
}
