import { type AggregatePlan, type Dimension, valueByName, type ValueName } from "@ngflow/flows";
import { dimensionSql } from "./derived-sql.ts";

/** Rows `g0…, [bin,] v[, p]`: what is aggregated, by group and by bins of a step. */
export type RowSource = (stepMs: number | null) => string;

/** The rows of a plan; of groups by hour or day with these as keys. */
export function rowsOf(plan: AggregatePlan, rows: RowSource): RowSource {
  const binMs = plan.by.flatMap(({ binMs = [] }) => binMs);
  if (binMs.length === 0) return rows;
  // Groups by hour or day: rows are cut into bins that are fine enough for all, then each bin has its hour.
  return (stepMs) => {
    const fineMs = [...binMs, ...(stepMs === null ? [] : [stepMs])].reduce(gcd);
    const groups = plan.by.map((dimension, i) =>
      dimension.binMs === undefined ? `g${i}` : `${dimensionSql("", dimension)} AS g${i}`,
    );
    const step = stepMs === null ? [] : [`intDiv(bin, ${stepMs}) * ${stepMs} AS step`];
    const columns = [...groups, ...step, "v", ...(plan.measure.kind === "bpp" ? ["p"] : [])];
    const cut = `SELECT ${columns.join(", ")} FROM (${rows(fineMs)})`;
    return stepMs === null ? cut : `SELECT * EXCEPT step, step AS bin FROM (${cut})`;
  };
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Columns g0… are the keys of a group; columns d0… are what the answer shows, null for the group of all others. */
export function groupNames(plan: AggregatePlan): { keys: string; names: string; shown: string } {
  const list = (text: (dimension: Dimension, i: number) => string): string => plan.by.map(text).join(", ");
  return {
    keys: list((_, i) => `g${i}`),
    names: list((_, i) => `d${i}`),
    shown: list(({ value, binMs }, i) => {
      const text = binMs === undefined ? textOf(value, `g${i}`) : `g${i}`;
      return `if(kept, toNullable(${text}), NULL) AS d${i}`;
    }),
  };
}

/** A value as the database returns it: milliseconds for times, text for addresses, digits for the rest. */
export function textOf(column: ValueName, expression: string): string {
  return valueByName(column).kind === "ms" ? `toUnixTimestamp64Milli(${expression})` : expression;
}
