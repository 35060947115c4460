/**
 * What one number says of a group's bins; a bin without traffic counts as 0. `total` is the sum over the range, `p95`
 * the smallest value that 95 % of the bins do not exceed (nearest rank).
 */
export const STATISTICS = ["total", "last", "min", "max", "average", "p95"] as const;
/** One of `STATISTICS`. */
export type Statistic = (typeof STATISTICS)[number];

/** Orders by which the largest groups are chosen: a statistic under the name that charts use. */
export const ORDERS = { total: "total", last: "last", peak: "max", average: "average" } as const;
/** A key of `ORDERS`. */
export type Order = keyof typeof ORDERS;

/** Width of the bins of a statistic of a table, in milliseconds: the five minutes of 95th percentile billing. */
export const STATISTIC_BIN_MS = 300_000;

/** 95th percentile by nearest rank: the smallest of the values that 95 % of them do not exceed; 0 for none. */
export function percentile95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(0.95 * sorted.length) - 1)] ?? 0;
}
