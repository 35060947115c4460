import type { LearnedName, NameKind } from "../learned-name.ts";
import { numberOfName } from "../names/learned-lookup.ts";
import { NAMED, namedByName, type NamedValue } from "../names/named-value.ts";
import { DIMENSION_NAMES } from "../query/dimension.ts";
import { derivedByName } from "../query/derived.ts";
import type { FilterField } from "../query/fields.ts";
import { serviceNames, servicePort } from "../query/services.ts";
import { valueByName, type ValueName } from "../query/value-by-name.ts";
import type { Completion, CompletionSources } from "./completion.ts";

/** Columns whose numbers exporters name, and what kind of name that is. */
const KINDS: ReadonlyMap<string, NameKind> = new Map(
  (NAMED as readonly NamedValue[]).flatMap((value): [string, NameKind][] =>
    !("from" in value) || value.number === undefined || value.from.startsWith("interface-")
      ? []
      : [[value.number, value.from]],
  ),
);
/** Names of one number that a detail lists: several exporters may have it. */
const MAX_NAMES = 3;

const SERVICES: ReadonlyMap<number, string> = new Map(
  [...serviceNames()].reverse().map((name): [number, string] => [servicePort(name)!, name]),
);

/** Columns of which the store is asked for values: those that a query groups by, but for times. */
export function hasSeenValues(column: ValueName): boolean {
  const { kind } = valueByName(column);
  return (
    DIMENSION_NAMES.includes(column) && derivedByName(column)?.binMs === undefined && kind !== "ms" && kind !== "map"
  );
}

/** Values of a field: those in the store, then those that have names, then those that exporters named. */
export async function valueCompletions(
  field: FilterField,
  sources: CompletionSources,
): Promise<{ readonly completions: readonly Completion[]; readonly partial: boolean }> {
  const needsNames = field.columns.some((column) => KINDS.has(column) || namedByName(column) !== undefined);
  const names = needsNames ? await sources.names() : [];
  const found = new Map<string, Completion>();
  const add = (value: string, detail: string | undefined): void => {
    const text = written(value);
    if (text !== undefined && !found.has(text)) found.set(text, { text, kind: "value", ...(detail ? { detail } : {}) });
  };
  let partial = false;
  for (const column of field.columns.filter(hasSeenValues)) {
    const seen = await sources.seen(column);
    partial ||= seen === undefined;
    for (const value of seen ?? []) add(shown(column, value), detailOf(column, value, names));
  }
  for (const column of field.columns) {
    const { names: named, show } = valueByName(column);
    for (const [value, name] of Object.entries(named?.byValue ?? {})) add(name, value);
    if (show?.as === "named") for (const name of show.names) add(name, undefined);
    if (show?.as === "port") for (const name of serviceNames()) add(name, String(servicePort(name)));
    for (const value of new Set(namesOf(column, names).map(numberOf))) add(value, detailOf(column, value, names));
    const name = namedByName(column);
    if (name !== undefined) for (const { text, detail } of textsOf(name, names)) add(text, detail);
  }
  return { completions: [...found.values()], partial };
}

/** A value as a filter takes it. */
function shown(column: ValueName, value: string | number): string {
  const { show } = valueByName(column);
  if (show?.as !== "flags" || typeof value !== "number" || value === 0) return String(value);
  const letters = [...show.letters].filter((_, bit) => value & (1 << bit)).join("");
  return value >= 1 << show.letters.length ? String(value) : letters;
}

function detailOf(column: ValueName, value: string | number, names: readonly LearnedName[]): string | undefined {
  const { names: named, show } = valueByName(column);
  if (show?.as === "port") return SERVICES.get(Number(value));
  if (named) return Object.entries(named.byValue).find(([, name]) => name === value)?.[0];
  const texts = namesOf(column, names)
    .filter((name) => numberOf(name) === String(value))
    .map(({ name, description, exporter }) => `${name === "" ? description : name} (${exporter})`);
  return texts.length === 0 ? undefined : [...new Set(texts)].slice(0, MAX_NAMES).join(", ");
}

function namesOf(column: ValueName, names: readonly LearnedName[]): readonly LearnedName[] {
  return names.filter(({ kind, to }) => kind === KINDS.get(column) && to === null);
}

/** The number of a name as its column has it. */
function numberOf({ kind, id }: LearnedName): string {
  return String(numberOfName(kind, id) ?? id);
}

/** The names that a named value may have now, with the exporter and number of one that has it. */
function textsOf(value: NamedValue, names: readonly LearnedName[]): { text: string; detail: string }[] {
  // The store was asked for the others.
  if (!("from" in value)) return [];
  const { from, text } = value;
  return names
    .filter(({ kind, to }) => kind === from && to === null)
    .map(({ name, description, exporter, id }) => ({
      text: text === "description" || name === "" ? description : name,
      detail: `${exporter} ${id}`,
    }));
}

/** A value as a word of a filter, in quotes if it needs them; undefined if no quotes can hold it. */
function written(value: string): string | undefined {
  // Two characters at its start would make a comment of it.
  if (/^(?!--|\/\*)[A-Za-z0-9_.:/+*?%-]+$/.test(value)) return value;
  const quote = value.includes('"') ? "'" : '"';
  return value === "" || value.includes(quote) ? undefined : `${quote}${value}${quote}`;
}
