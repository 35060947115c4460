import type { ColumnName } from "../columns.ts";
import { NAMED } from "../names/named-value.ts";
import { PROTOCOL_NAMES } from "../protocols.ts";
import { DERIVED } from "./derived.ts";
import { allFieldNames } from "./fields.ts";
import { nearest } from "./nearest.ts";
import type { ValueName } from "./value-by-name.ts";

/** Words that join terms or start a list: no column has such a name. */
const JOINS: ReadonlySet<string> = new Set(["and", "or", "in", "&&", "||"]);

/**
 * What is wrong with a word that stands where a column is expected, and what was meant.
 *
 * @param words the word, and those after it
 */
export function notColumn(words: readonly string[]): string {
  const [text = ""] = words;
  const lower = text.toLowerCase();
  if (lower === "@include") return "@include works on the command line only; write the filter out";
  if (lower.startsWith("/*")) return "comment without an end";
  if (JOINS.has(lower)) return `expected a column, found "${text}"`;
  if (/^[\d:]/.test(text)) return `expected a column, found "${text}"; a list of values is written as port in [80 443]`;
  if (Object.values(PROTOCOL_NAMES.byValue).includes(lower))
    return `unknown column "${text}"; did you mean "proto ${text}"?`;
  if (DERIVED.some(({ name, needs }) => needs.length === 0 && name.toLowerCase() === lower))
    return `unknown column "${text}": only queries group by it; compare TimeStart or TimeEnd`;
  const near = nearest(words.slice(0, 2).join(" "), allFieldNames()) ?? nearest(text, allFieldNames());
  return `unknown column "${text}"${near === undefined ? "" : `; did you mean "${near}"?`}`;
}

/** What is wrong with a pattern for a column whose values have no names, and what has names for them. */
export function noNames(column: ValueName): string {
  const named = NAMED.filter(({ needs }) => (needs.length > 1 ? needs.slice(1) : needs).includes(column as ColumnName));
  const use = named.length === 0 ? "" : `; use ${named.map(({ name }) => name).join(", ")}`;
  return `the values of ${column} have no names to compare${use}`;
}
