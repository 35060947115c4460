import type { QueryResult } from "@ngflow/server/client";
import { factorOf, type Unit, UNITS } from "../units.ts";

/** A row of a ranking; `values` are null for all other groups together. */
export interface RankingRow {
  readonly values: Readonly<Record<string, string | number | null>>;
  readonly bytes: number;
  /** Of the total, 0 to 1. */
  readonly share: number;
  readonly isRest: boolean;
}

/** The rows of a ranking by bytes, with their shares; they sum to the total. */
export function rankingOf({ rows, columns }: QueryResult): { readonly rows: RankingRow[]; readonly total: number } {
  const names = columns.filter((name) => name !== "bytes");
  const bytesOf = (row: QueryResult["rows"][number]): number => Number(row["bytes"] ?? 0);
  const total = rows.reduce((sum, row) => sum + bytesOf(row), 0);
  return {
    total,
    rows: rows.map((row) => ({
      values: Object.fromEntries(names.map((name) => [name, row[name] ?? null])),
      bytes: bytesOf(row),
      share: total > 0 ? bytesOf(row) / total : 0,
      isRest: names.length > 0 && names.every((name) => row[name] === null),
    })),
  };
}

/** A direction of a thing over time. */
export interface Line {
  /** A value per bin, in the unit; a bin without a row is zero. */
  readonly values: readonly number[];
  readonly max: number;
  /** Of the bins that are recorded and settled; null where none is. */
  readonly average: number | null;
  /** What was summed, of all bins. */
  readonly sum: number;
}

/** The values of an answer in a unit over its bins; `settled` says which of them are recorded and settled. */
export function lineOf({ from, to, step, rows }: QueryResult, unit: Unit, settled: readonly boolean[]): Line {
  const stepMs = (step ?? 1) * 1000;
  const start = Date.parse(from);
  const bins = Math.max(1, Math.round((Date.parse(to) - start) / stepMs));
  const sums = Array.from({ length: bins }, () => 0);
  for (const row of rows) {
    const bin = Math.floor((Date.parse(String(row["time"])) - start) / stepMs);
    if (bin >= 0 && bin < bins) sums[bin]! += Number(row[UNITS[unit].sum] ?? 0);
  }
  const factor = factorOf({ unit }, stepMs);
  const values = sums.map((sum) => sum * factor);
  const known = values.filter((_, bin) => settled[bin] === true);
  const total = (some: readonly number[]): number => some.reduce((sum, value) => sum + value, 0);
  return {
    values,
    max: Math.max(...values),
    average: known.length === 0 ? null : total(known) / known.length,
    sum: total(sums),
  };
}

/** Runs of bins that are not settled, without those that are not recorded: first bin, and their number. */
export function unknownRuns(
  settled: readonly boolean[],
  notRecorded: readonly (readonly [first: number, last: number])[] = [],
): (readonly [first: number, bins: number])[] {
  const runs: [number, number][] = [];
  for (const [bin, isSettled] of settled.entries()) {
    if (isSettled || notRecorded.some(([first, last]) => bin >= first && bin <= last)) continue;
    const last = runs.at(-1);
    if (last && last[0] + last[1] === bin) last[1]++;
    else runs.push([bin, 1]);
  }
  return runs;
}

/** A step line as the path of an area from an axis at `zero`; `height` units are `max`, downwards if negative. */
export function areaPath(values: readonly number[], max: number, zero: number, height: number): string {
  const y = (value: number): string => (zero - (max > 0 ? (value / max) * height : 0)).toFixed(2);
  const steps = values.map((value, i) => `L${i} ${y(value)}L${i + 1} ${y(value)}`).join("");
  return `M0 ${zero}${steps}L${values.length} ${zero}Z`;
}

/** The next round number that is not less: the end of an axis. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= value) ?? 10 * power;
}
