import { Option } from "commander";
import type { Row } from "../../output/format.ts";
import { knownNames, type NameOf, NO_SERVER_NAMES } from "../../output/known-names.ts";
import type { StoredFlows } from "./stored-flows.ts";

export interface NamesOptions {
  /** Absent: on a terminal. */
  readonly names?: boolean;
}

export const namesOptions = {
  names: () => new Option("--names", "names next to addresses, ports and interfaces in a table, also in a pipe"),
  noNames: () => new Option("--no-names", "no names next to the values of a table"),
} as const;

/** The names next to the values of a table; undefined if it has none. */
export async function namesOfTable(
  { names = process.stdout.isTTY === true }: NamesOptions,
  { namesOf }: Pick<StoredFlows, "namesOf">,
  { columns, rows }: { readonly columns: readonly string[]; readonly rows: readonly Row[] },
): Promise<NameOf | undefined> {
  if (!names) return undefined;
  return knownNames((await namesOf?.(columns, rows)) ?? NO_SERVER_NAMES);
}
