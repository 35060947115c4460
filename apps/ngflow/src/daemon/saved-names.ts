import { statSync } from "node:fs";
import { join } from "node:path";
import { NAMES_FILE, savedNameRows } from "@ngflow/collector";
import type { LearnedName } from "@ngflow/flows";
import { collectorState } from "./collect.ts";

/**
 * Reads the names that the collector of a data directory saved, again only when it has saved others. Empty without a
 * file.
 */
export function savedNames(dataDirectory: string): () => readonly LearnedName[] {
  const stateDir = collectorState(dataDirectory);
  let read: { readonly mtimeMs: number; readonly rows: readonly LearnedName[] } | undefined;
  return () => {
    const stat = statSync(join(stateDir, NAMES_FILE), { throwIfNoEntry: false });
    if (stat === undefined) return [];
    if (read?.mtimeMs !== stat.mtimeMs) read = { mtimeMs: stat.mtimeMs, rows: savedNameRows(stateDir) };
    return read.rows;
  };
}
