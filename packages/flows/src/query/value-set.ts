import type { LiteralRange } from "./values.ts";
import { parsePrefix, parseValue } from "./values.ts";
import type { Prefix } from "./tree.ts";
import { valueByName, type ValueName } from "./value-by-name.ts";

/** Most values of the sets from files in one filter, and the longest text of one. */
export const MAX_SET_VALUES = 100_000;
export const MAX_SET_CHARACTERS = 4 * 2 ** 20;

export const TOO_MANY_VALUES = `has more than ${MAX_SET_VALUES} values`;

/** The values of a set. A set of addresses consists of prefixes. */
export interface ValueSet {
  readonly prefixes: readonly Prefix[];
  readonly ranges: readonly LiteralRange[];
}

/** By name, the texts of files that a filter may name as `@NAME`. */
export type FilterSets = Readonly<Record<string, string>>;

/** What was read of texts before: a filter is parsed to be checked, and again for every plan. */
const READ = new WeakMap<FilterSets, Map<string, ValueSet | string>>();

/** The set of a name, as `parseValueSet` reads it, once for a column. */
export function setOf(column: ValueName, sets: FilterSets, name: string): ValueSet | string {
  let known = READ.get(sets);
  if (known === undefined) READ.set(sets, (known = new Map()));
  const key = `${column} ${name}`;
  const found = known.get(key) ?? parseValueSet(column, sets[name]!);
  known.set(key, found);
  return found;
}

/**
 * Reads the values of a file for a column: separated by white space or commas, with comments from `#` to the end of the
 * line. Answers the problem as text, with the line, when one does not fit.
 */
export function parseValueSet(name: ValueName, text: string): ValueSet | string {
  if (text.length > MAX_SET_CHARACTERS) return `has more than ${MAX_SET_CHARACTERS} characters`;
  const isAddress = valueByName(name).kind === "ip";
  const prefixes: Prefix[] = [];
  const ranges: LiteralRange[] = [];
  let line = 0;
  for (const whole of text.split("\n")) {
    line++;
    for (const word of whole.split("#", 1)[0]!.split(/[\s,]+/)) {
      if (word === "") continue;
      if (prefixes.length + ranges.length === MAX_SET_VALUES) return TOO_MANY_VALUES;
      const value = isAddress ? parsePrefix(word) : parseValue(name, word);
      if (typeof value === "string") return `line ${line}: ${value.slice(0, 200)}`;
      if ("bytes" in value) prefixes.push(value);
      else ranges.push(value);
    }
  }
  return prefixes.length + ranges.length === 0 ? "has no values" : { prefixes, ranges };
}
