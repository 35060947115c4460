import { COLUMNS, type DimensionName } from "../columns.ts";

/** Names of the columns that a query can group by, in the order of the table. */
export const DIMENSION_NAMES: readonly DimensionName[] = COLUMNS.flatMap((column) =>
  column.role === "dimension" ? [column.name] : [],
);

const BY_NAME: ReadonlyMap<string, DimensionName> = new Map(DIMENSION_NAMES.map((name) => [name.toLowerCase(), name]));

/** A dimension by its column name in any case; undefined when there is none of that name. */
export function dimensionByName(name: string): DimensionName | undefined {
  return BY_NAME.get(name.toLowerCase());
}
