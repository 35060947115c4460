import { terminalWord } from "@ngflow/base";
import { type Cell, mapText, numberText, type Row } from "./format.ts";
import type { NameOf } from "./known-names.ts";
import { humanNumber, isAmount } from "./units.ts";

export interface TableOptions {
  /** Amounts as `1.23 MB` instead of digits. */
  readonly human: boolean;
  /** Names that are shown next to values. */
  readonly nameOf?: NameOf | undefined;
}

/** Name of the group of all others. */
const REST = "(other)";

/** Columns aligned by two spaces under their names: text to the left, numbers to the right. Ends with a line feed. */
export function formatTable(columns: readonly string[], rows: readonly Row[], options: TableOptions): string {
  const units = columns.map((_, i) => unitOf(columns, i));
  const right = columns.map(
    (column, i) => rows.length > 0 && rows.every((row) => isNumeric(row[column] ?? null, units[i]!)),
  );
  const values = rows.map((row) => columns.map((column, i) => cellText(units[i]!, row[column] ?? null, options)));
  const lines = [columns, ...withNames(columns, rows, values, right, options.nameOf)];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines
    .map((line) => {
      const cells = line.map((text, i) => (right[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)));
      return `${cells.join("  ").trimEnd()}\n`;
    })
    .join("");
}

/** One row, with a line for each value behind the name of its column. */
export function formatValues(columns: readonly string[], row: Row): string {
  const width = Math.max(...columns.map((column) => column.length));
  return columns
    .map((column, i) => `${column.padEnd(width)}  ${cellText(unitOf(columns, i), row[column] ?? null, { human: true })}\n`)
    .join("");
}

/** The column whose unit a column has: the previous range that of the metric next to it. */
function unitOf(columns: readonly string[], i: number): string {
  return columns[i] === "previous" ? (columns[i - 1] ?? "previous") : columns[i]!;
}

/** Values with their names behind them; numbers stay right-aligned, names begin in one column. */
function withNames(
  columns: readonly string[],
  rows: readonly Row[],
  values: readonly (readonly string[])[],
  right: readonly boolean[],
  nameOf: NameOf | undefined,
): readonly (readonly string[])[] {
  if (nameOf === undefined) return values;
  const names = rows.map((row) => columns.map((column) => terminalWord(nameOf(column, row) ?? "")));
  const widths = columns.map((_, i) =>
    names.some((row) => row[i] !== "") ? Math.max(...values.map((row) => row[i]!.length)) : 0,
  );
  const nameWidths = columns.map((_, i) => Math.max(0, ...names.map((row) => row[i]!.length)));
  return values.map((row, r) =>
    row.map((value, i) => {
      if (widths[i] === 0) return value;
      const name = names[r]![i]!.padEnd(nameWidths[i]!);
      return `${right[i] ? value.padStart(widths[i]!) : value.padEnd(widths[i]!)} ${name}`;
    }),
  );
}

/** Amounts above 2^53 - 1 arrive as decimal text. */
function isNumeric(cell: Cell, column: string): boolean {
  return typeof cell === "number" || (isAmount(column) && /^\d+$/.test(String(cell)));
}

function cellText(column: string, cell: Cell, { human }: TableOptions): string {
  if (cell === null) return REST;
  if (typeof cell === "object") return terminalWord(mapText(cell));
  if (!isNumeric(cell, column) || !isAmount(column)) return terminalWord(String(cell));
  if (human) return humanNumber(column, Number(cell));
  return typeof cell === "number" ? numberText(cell) : String(cell);
}
