import type { MapValue } from "@ngflow/flows";

/**
 * One row: 64-bit integers are text; times, addresses and other integers as ClickHouse writes them in JSON; maps are
 * objects.
 */
export type Row = readonly Cell[];
export type Cell = string | number | null | MapValue;

/** Rows of a short query. */
export type Inspect = (sql: string) => Promise<Row[]>;

/** A string literal of ClickHouse SQL. */
export function sqlString(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
