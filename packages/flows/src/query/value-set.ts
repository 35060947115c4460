import type { LiteralRange } from "./values.ts";
import { parsePrefix, parseValue } from "./values.ts";
import type { Prefix } from "./tree.ts";
import { valueByName, type ValueName } from "./value-by-name.ts";

/** Most values of a set from a file, and the longest text of one. */
const MAX_SET_VALUES = 100_000;
export const MAX_SET_CHARACTERS = 4 * 2 ** 20;

/** The values of a set. A set of addresses consists of prefixes. */
export interface ValueSet {
  readonly prefixes: readonly Prefix[];
  readonly ranges: readonly LiteralRange[];
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
      if (prefixes.length + ranges.length === MAX_SET_VALUES) return `has more than ${MAX_SET_VALUES} values`;
      const value = isAddress ? parsePrefix(word) : parseValue(name, word);
      if (typeof value === "string") return `line ${line}: ${value.slice(0, 200)}`;
      if ("bytes" in value) prefixes.push(value);
      else ranges.push(value);
    }
  }
  return prefixes.length + ranges.length === 0 ? "has no values" : { prefixes, ranges };
}
