import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { FilterSets } from "@ngflow/flows";
import { VerbError } from "./errors.ts";

/** A filter of the command line with the texts of the files that it names. */
export interface FilterWithFiles {
  readonly filter: string;
  readonly sets: FilterSets;
}

/** Files that include each other may be nested this deep. */
const MAX_INCLUDES = 8;
/** Longest file, in bytes. */
const MAX_FILE_BYTES = 4 * 2 ** 20;

/** Quoted text and comments, in which nothing is a file; `@include FILE`; `@FILE`. */
const NAMED = /'[^']*'|"[^"]*"|#[^\n]*|@include\s+([^\s()]+)|@([\w./:+-]+)/gi;

/**
 * Reads the files of a filter. `@include FILE` is replaced by the text of the file, as in nfdump; `@FILE` is a set of
 * values. Names in an included file are relative to its folder.
 *
 * @throws VerbError
 */
export function readFilterFiles(words: readonly string[]): FilterWithFiles {
  const sets: Record<string, string> = {};
  const expand = (text: string, folder: string, depth: number): string =>
    text.replaceAll(NAMED, (whole: string, included: string | undefined, set: string | undefined) => {
      if (included !== undefined) {
        if (depth === MAX_INCLUDES)
          throw new VerbError(
            "filter-file",
            `filter: @include ${included}: files are nested deeper than ${MAX_INCLUDES}`,
          );
        const file = resolve(folder, included);
        return `${expand(readText(file), dirname(file), depth + 1)}\n`;
      }
      if (set === undefined) return whole;
      const file = depth === 0 ? set : resolve(folder, set);
      sets[file] ??= readText(resolve(folder, set));
      return `@${file}`;
    });
  return { filter: expand(words.join(" "), ".", 0), sets };
}

function readText(file: string): string {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) throw new Error(`larger than ${MAX_FILE_BYTES} bytes`);
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new VerbError("filter-file", `filter: ${file} cannot be read (${(cause as Error).message})`, { cause });
  }
}
