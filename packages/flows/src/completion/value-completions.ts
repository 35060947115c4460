import type { LearnedName, NameKind } from "../learned-name.ts";
import { DIMENSION_NAMES } from "../query/dimension.ts";
import { derivedByName } from "../query/derived.ts";
import type { FilterField } from "../query/fields.ts";
import { serviceNames, servicePort } from "../query/services.ts";
import { valueByName, type ValueName } from "../query/value-by-name.ts";
import type { Completion, CompletionSources } from "./completion.ts";

/** Columns whose numbers exporters name. */
const NAMED: Readonly<Partial<Record<ValueName, NameKind>>> = {
  InIf: "interface",
  OutIf: "interface",
  InVrf: "vrf",
  OutVrf: "vrf",
  ApplicationId: "application",
  FlowSampler: "sampler",
};
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
  const names = field.columns.some((column) => column in NAMED) ? await sources.names() : [];
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
  if (valueByName(column).show?.as === "port") return SERVICES.get(Number(value));
  const texts = namesOf(column, names)
    .filter((name) => numberOf(name) === String(value))
    .map(({ name, description, exporter }) => `${name === "" ? description : name} (${exporter})`);
  return texts.length === 0 ? undefined : [...new Set(texts)].slice(0, MAX_NAMES).join(", ");
}

function namesOf(column: ValueName, names: readonly LearnedName[]): readonly LearnedName[] {
  return names.filter(({ kind, to }) => kind === NAMED[column] && to === null);
}

/** The number of a name; RFC 6759 §4: the first byte of an application id is its engine. */
function numberOf({ kind, id }: LearnedName): string {
  const [engine = "0", selector] = id.split(":");
  return kind === "application" && selector !== undefined ? String(Number(engine) * 2 ** 24 + Number(selector)) : id;
}

/** A value as a word of a filter, in quotes if it needs them; undefined if no quotes can hold it. */
function written(value: string): string | undefined {
  if (/^[A-Za-z0-9_.:/+*?%-]+$/.test(value)) return value;
  const quote = value.includes('"') ? "'" : '"';
  return value === "" || value.includes(quote) ? undefined : `${quote}${value}${quote}`;
}
