import type { FlowColumn } from "../column.ts";
import { columnByName } from "../column-by-name.ts";
import type { ColumnName } from "../columns.ts";
import { namedByName, type NamedValueName } from "../names/named-value.ts";
import { type DerivedName, derivedByName, type DerivedValue } from "./derived.ts";

/** Name of something that every flow has: a column, a value derived from columns, or the name of one. */
export type ValueName = ColumnName | DerivedName | NamedValueName;

/** What is known of a value: how it is stored, what its values are called, how it is shown. */
export type ValueFacts = Pick<FlowColumn, "kind" | "names" | "show"> & Pick<DerivedValue, "unit">;

/** The facts of a column, derived value or name. */
export function valueByName(name: ValueName): ValueFacts {
  return derivedByName(name) ?? namedByName(name) ?? columnByName(name as ColumnName);
}

/** The columns that a value is made of. */
export function columnsOfValue(name: ValueName): readonly ColumnName[] {
  return derivedByName(name)?.needs ?? namedByName(name)?.needs ?? [name as ColumnName];
}
