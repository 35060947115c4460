import type { FlowColumn } from "../column.ts";
import { COLUMNS } from "../columns.ts";
import { NAMED, type NamedValue } from "../names/named-value.ts";
import { DERIVED, type DerivedValue } from "./derived.ts";
import { OTHER_NAMES, REFUSED_NAMES } from "./filter-names.ts";
import type { ValueName } from "./value-by-name.ts";

/** What a name in a filter stands for: one value of a flow, or several of which any may match. */
export interface FilterField {
  readonly name: string;
  readonly columns: readonly ValueName[];
  /** As in `OTHER_NAMES`. */
  readonly isFlagSet?: true;
  readonly protocols?: readonly number[];
}

/** Most words of a name. */
export const NAME_WORDS = 4;

const FIELDS = new Map<string, FilterField>();

function add(name: string, field: Omit<FilterField, "name">): void {
  const columns = FIELDS.get(name)?.columns ?? [];
  FIELDS.set(name, { name, ...field, columns: [...columns, ...field.columns] });
}

// Values that are properties of a bin of time belong to a part of a flow, which a filter cannot select.
const VALUES = [
  ...(COLUMNS as readonly (FlowColumn & { readonly name: ValueName })[]),
  ...(DERIVED as readonly (DerivedValue & { readonly name: ValueName })[]).filter(({ binMs }) => binMs === undefined),
  ...(NAMED as readonly (NamedValue & { readonly name: ValueName })[]),
];
const ALIASES: string[] = [];
for (const { name, aliases = [] } of VALUES) {
  for (const alias of aliases) {
    add(alias, { columns: [name] });
    ALIASES.push(alias);
  }
}
for (const { names, ...field } of OTHER_NAMES) {
  for (const name of names) {
    FIELDS.delete(name);
    add(name, field);
    ALIASES.push(name);
  }
}
// A column wins over a short name that is the same.
for (const { name } of VALUES) FIELDS.set(name.toLowerCase(), { name, columns: [name] });

/** The short names and what they stand for. */
export function filterAliases(): readonly FilterField[] {
  return [...new Set(ALIASES)].map((name) => ({ name, columns: FIELDS.get(name)!.columns }));
}

/** A column, derived value or short name, in any case; undefined when there is none of that name. */
export function fieldByName(name: string): FilterField | undefined {
  return FIELDS.get(name.toLowerCase());
}

/** Names of all columns and derived values that a filter compares. */
export function filterValues(): readonly ValueName[] {
  return VALUES.map(({ name }) => name);
}

const REFUSED: ReadonlyMap<string, string> = new Map(
  REFUSED_NAMES.flatMap(({ names, reason }) => names.map((name): [string, string] => [name, reason])),
);

/** Why a name that other programs have is refused, in any case; undefined for other names. */
export function refusalOf(name: string): string | undefined {
  return REFUSED.get(name.toLowerCase());
}

/** Everything that a filter can begin a comparison with. */
export function allFieldNames(): Iterable<string> {
  return FIELDS.keys();
}

/** Names such as `src port`, whose second word may be mistyped. */
export function twoWordNames(): Iterable<string> {
  return [...FIELDS.keys()].filter((name) => name.includes(" "));
}

/** Names that are refused, unless a column has them. */
export function refusedNames(): readonly string[] {
  return [...REFUSED.keys()].filter((name) => !FIELDS.has(name));
}
