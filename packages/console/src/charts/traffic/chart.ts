import type { QueryResult } from "@ngflow/server/client";

/** Stacked areas over time: one per group of a dimension, and one for the others. */
export const trafficChart = {
  kind: "traffic",
  label: "Traffic over time",
  /**
   * Groups with an area of their own, as many as the palette has hues people can tell apart; bins, fewer where the
   * chart is narrow.
   */
  options: { top: 7, maxBins: 180, maxBinsNarrow: 75 },
  /** A time series by one dimension. */
  accepts: (result: QueryResult): boolean => result.step !== null,
} as const;
