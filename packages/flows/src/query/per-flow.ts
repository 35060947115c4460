import { type ColumnName, COLUMNS } from "../columns.ts";

/** Whether a column is a time or a counter, which single flows have and sums do not. */
export function isPerFlow(name: ColumnName): boolean {
  return COLUMNS.some((column) => column.name === name && (column.role === "time" || column.role === "counter"));
}
