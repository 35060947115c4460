import type { AggregatePlan, Measure, Statistic } from "@ngflow/flows";

/** Sum of the values of rows; it may need more than 64 bits. */
export const SUM = "sum(toUInt128(v))";

/** The counters that a measure spreads, and the columns that have the shares. */
export const COUNTERS = { bytes: ["Bytes"], packets: ["Packets"], bpp: ["Bytes", "Packets"] } as const;
export const SHARES = ["v", "p"] as const;

/** How the rows of a group become its value. */
interface Aggregated {
  /** The value, and whether the group is in the answer. */
  readonly value: string;
  readonly isThere: string;
  /** Columns w0… from which the values of several groups can be merged. */
  readonly states: readonly string[];
  /** The value of one group, and that of several, from these columns. */
  readonly order: string;
  readonly merged: string;
}

const ADDED: Aggregated = { value: SUM, isThere: `${SUM} > 0`, states: [SUM], order: "w0", merged: "sum(w0)" };
const PACKETS = "sum(toUInt128(p))";

/** Null without packets, and below all others then. */
const BYTES_PER_PACKET: Aggregated = {
  value: `if(${PACKETS} = 0, NULL, ${SUM} / ${PACKETS})`,
  isThere: `${SUM} + ${PACKETS} > 0`,
  states: [SUM, PACKETS],
  order: "if(w1 = 0, -1, w0 / w1)",
  merged: "if(sum(w1) = 0, NULL, sum(w0) / sum(w1))",
};

const DISTINCT: Aggregated = {
  value: "uniqExact(v)",
  isThere: "count() > 0",
  states: ["uniqExactState(v)"],
  order: "finalizeAggregation(w0)",
  merged: "uniqExactMerge(w0)",
};

/** Null without flows: the least value of nothing is not 0. */
const extreme = (kind: "min" | "max"): Aggregated => ({
  value: `if(count() = 0, NULL, ${kind}(v))`,
  isThere: "count() > 0",
  states: [`${kind}(v)`],
  order: "w0",
  merged: `${kind}(w0)`,
});

/** Whether the value of several groups is the sum of theirs. */
export function isAdded({ kind }: Measure): boolean {
  return kind === "bytes" || kind === "packets" || kind === "flows";
}

/** How a measure is aggregated. */
export function aggregated({ kind }: Measure): Aggregated {
  if (kind === "min" || kind === "max") return extreme(kind);
  return kind === "bpp" ? BYTES_PER_PACKET : kind === "distinct" ? DISTINCT : ADDED;
}

/** A statistic of the sums `b` of a group's bins; bins without rows count as 0. */
export function statisticSql({ fromMs, toMs, binMs }: AggregatePlan, statistic: Statistic): string {
  const bins = (toMs - fromMs) / binMs;
  const empty = `(${bins} - toInt64(count()))`;
  // Nearest rank: the value at this place, counted from 1, of all bins in ascending order.
  const rank = Math.ceil(bins * 0.95);
  const sql: Readonly<Record<Statistic, string>> = {
    total: "sum(b)",
    last: `sumIf(b, bin = ${toMs - binMs})`,
    min: `if(${empty} > 0, 0, min(b))`,
    max: "max(b)",
    average: `sum(b) / ${bins}`,
    p95: `if(${rank} <= ${empty}, 0, arrayElement(arraySort(groupArray(b)), greatest(${rank} - ${empty}, 1)))`,
  };
  return sql[statistic];
}
