import { type ColumnName, COLUMNS } from "../columns.ts";

/** What a name in a filter stands for: one column, or several of which any may match. */
export interface FilterField {
  readonly name: string;
  readonly columns: readonly ColumnName[];
}

/** Columns by short name, in the order of the table. */
const ALIASES = new Map<string, ColumnName[]>();
for (const column of COLUMNS) {
  for (const alias of "aliases" in column ? column.aliases : []) {
    const columns = ALIASES.get(alias);
    if (columns) columns.push(column.name);
    else ALIASES.set(alias, [column.name]);
  }
}

/** The short names and what they stand for. */
export function filterAliases(): readonly FilterField[] {
  return Array.from(ALIASES, ([name, columns]) => ({ name, columns }));
}

const FIELDS: ReadonlyMap<string, FilterField> = new Map<string, FilterField>([
  ...COLUMNS.map(({ name }): [string, FilterField] => [name.toLowerCase(), { name, columns: [name] }]),
  ...filterAliases().map((field): [string, FilterField] => [field.name, field]),
]);

/** A column or short name, in any case; undefined when there is none of that name. */
export function fieldByName(name: string): FilterField | undefined {
  return FIELDS.get(name.toLowerCase());
}
