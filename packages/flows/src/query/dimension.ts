import { COLUMNS } from "../columns.ts";
import type { NameLookup } from "../names/name-lookup.ts";
import { NAMED } from "../names/named-value.ts";
import { DERIVED, derivedByName } from "./derived.ts";
import { fieldByName } from "./fields.ts";
import { nearest } from "./nearest.ts";
import { columnsOfValue, valueByName, type ValueName } from "./value-by-name.ts";
import type { ColumnName } from "../columns.ts";

/** What a query groups by, as a plan has it. */
export interface Dimension {
  /** Its name in answers: `SrcAddr`, `SrcAddr/24`, `Hour`. */
  readonly name: string;
  readonly value: ValueName;
  /** Bits of an address that are kept, of 128; the others are zero. */
  readonly masks?: { readonly v4: number; readonly v6: number };
  /** Milliseconds of the bins that it is a property of (`DerivedValue`). */
  readonly binMs?: number;
  /** Zone of the tz database that a day or an hour is of; absent for UTC. Plans have it. */
  readonly zone?: string;
  /** Of a name, how it is found; plans have it. */
  readonly lookup?: NameLookup;
}

/**
 * Names that a query can group by, in the order of the tables; an address may have prefix lengths behind it. A map is
 * no value: a group could not be null, which the group of all others is.
 */
export const DIMENSION_NAMES: readonly ValueName[] = [
  ...COLUMNS.flatMap(({ name, role, kind }) =>
    (role === "dimension" || role === "attribute") && kind !== "map" ? [name] : [],
  ),
  ...DERIVED.map(({ name }) => name),
  ...NAMED.map(({ name }) => name),
];

const BY_NAME: ReadonlyMap<string, ValueName> = new Map(DIMENSION_NAMES.map((name) => [name.toLowerCase(), name]));

/**
 * A dimension by its name in any case: `Proto`, `srcaddr/24` (of IPv4 addresses; above 32 of IPv6 addresses), or
 * `SrcAddr/24/48` (of both). Answers the problem as text.
 */
export function dimensionByName(text: string): Dimension | string {
  const [name = "", ...lengths] = text.split("/");
  const value = BY_NAME.get(name.trim().toLowerCase());
  if (value === undefined) return `"${name}" is not a column to group by${hintFor(name)}`;
  const binMs = derivedByName(value)?.binMs;
  if (lengths.length === 0) return { name: value, value, ...(binMs === undefined ? {} : { binMs }) };
  if (valueByName(value).kind !== "ip") return `${value} is not an address, so it has no prefix length`;
  const numbers = lengths.map((length) => (/^\d{1,3}$/.test(length) ? Number(length) : -1));
  const [first = -1, second] = numbers;
  const masks =
    second === undefined ? (first > 32 ? { v4: 32, v6: first } : { v4: first, v6: 128 }) : { v4: first, v6: second };
  if (numbers.length > 2 || numbers.includes(-1) || masks.v4 > 32 || masks.v6 > 128)
    return `"${text}" has no valid prefix length; write ${value}/24, ${value}/48 or ${value}/24/48 (IPv4, IPv6)`;
  return { name: [value, ...numbers].join("/"), value, masks: { v4: masks.v4 + 96, v6: masks.v6 } };
}

/** What was meant by a name that is no dimension: one of filters, one of nfdump (`srcip`), or a word with a fault. */
function hintFor(name: string): string {
  const role = COLUMNS.find((column) => column.name.toLowerCase() === name.toLowerCase())?.role;
  if (role === "counter") return ": a counter is a metric";
  if (role === "time") return ": times are bins of a step";
  const field = fieldByName(name) ?? fieldByName(name.replace(/^(?:src|dst|in|out)/i, "$& "));
  const named = field?.columns.filter((column) => BY_NAME.has(column.toLowerCase())) ?? [];
  const near = named.length > 0 ? named.join(" or ") : nearest(name, DIMENSION_NAMES);
  return near === undefined ? `; those are ${DIMENSION_NAMES.join(", ")}` : `; did you mean ${near}?`;
}

/** The columns that a dimension is made of. */
export function columnsOfDimension(dimension: Dimension): readonly ColumnName[] {
  return valuesOfDimension(dimension).flatMap(columnsOfValue);
}

/** What of a flow a dimension is made of. */
export function valuesOfDimension({ value, lookup }: Dimension): readonly ValueName[] {
  return lookup?.needs ?? [value];
}
