import type { Metric } from "@ngflow/server/client";

/** What is asked for to compute a metric: sums, so that a rate is of the time that is covered. */
export const SUMMED = { bps: "bytes", pps: "packets", flows: "flows", bytes: "bytes", packets: "packets" } as const;

/** The value of a metric from a sum and the seconds it was summed over; 0 over no time. */
export function metricOfSum(metric: Metric, sum: number, seconds: number): number {
  if (metric !== "bps" && metric !== "pps") return sum;
  return seconds > 0 ? ((metric === "bps" ? 8 : 1) * sum) / seconds : 0;
}
