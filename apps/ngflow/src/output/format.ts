import type { MapValue } from "@ngflow/flows";

/** Formats of `ngflow query` and `ngflow flows`. */
export const FORMATS = ["table", "json", "ndjson", "csv", "parquet", "arrow"] as const;
export type OutputFormat = (typeof FORMATS)[number];

/** Formats that are bytes, and what the database calls them. */
export const BINARY = { parquet: "Parquet", arrow: "Arrow" } as const;

/** True for a format that is bytes: it is not for terminals, and not written row by row. */
export function isBinary(format: OutputFormat): format is keyof typeof BINARY {
  return format in BINARY;
}

/** A value of a row; null stands for the group of all others. */
export type Cell = string | number | null | MapValue;
export type Row = Readonly<Record<string, Cell>>;

/** A number as decimal text. Fractions, which rates have, are rounded to thousandths. */
export function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}

/** A map as one text, for formats without such: its JSON, or nothing where it is empty. */
export function mapText(map: MapValue): string {
  return Object.keys(map).length === 0 ? "" : JSON.stringify(map);
}

/** Comma-separated values as in RFC 4180, but with line feeds. Null is empty, see `numberText`. */
export function csvLine(cells: readonly Cell[]): string {
  const fields = cells.map((cell) => {
    const text = cell === null ? "" : typeof cell === "number" ? numberText(cell) : typeof cell === "object" ? mapText(cell) : cell;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${fields.join(",")}\n`;
}

/** Rows as CSV with a header line. */
export function formatCsv(columns: readonly string[], rows: readonly Row[]): string {
  return csvLine(columns) + rows.map((row) => csvLine(columns.map((column) => row[column] ?? null))).join("");
}

/** One JSON object per line. */
export function formatNdjson(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
