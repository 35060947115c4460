import { COLUMNS } from "../columns.ts";
import { NAMED } from "../names/named-value.ts";
import { DERIVED } from "../query/derived.ts";
import { filterAliases, filterValues } from "../query/fields.ts";
import type { Completion } from "./completion.ts";

const LABELS: ReadonlyMap<string, string> = new Map(
  [...COLUMNS, ...DERIVED, ...NAMED].map(({ name, label }) => [name, label]),
);

/** Everything that a comparison may begin with: short names, then columns, then words. */
const COLUMN_COMPLETIONS: readonly Completion[] = [
  ...filterValues().map((text): Completion => ({ text, kind: "column", detail: LABELS.get(text) })),
  ...filterAliases().map(({ name, columns }): Completion => ({
    text: name,
    kind: "column",
    detail: columns.join(" or "),
  })),
];

const TERM_WORDS: readonly Completion[] = [
  { text: "not", kind: "keyword", detail: "the opposite of what follows" },
  { text: "any", kind: "keyword", detail: "every flow" },
  { text: "inet", kind: "keyword", detail: "IPv4" },
  { text: "inet6", kind: "keyword", detail: "IPv6" },
];

const JOIN_WORDS: readonly Completion[] = [
  { text: "and", kind: "keyword", detail: "both are true" },
  { text: "or", kind: "keyword", detail: "one of both is true" },
];

/** What may begin a term. */
export function termCompletions(): readonly Completion[] {
  return [...COLUMN_COMPLETIONS, ...TERM_WORDS];
}

/** What may follow a comparison; a term may, too. */
export function joinCompletions(): readonly Completion[] {
  return JOIN_WORDS;
}
