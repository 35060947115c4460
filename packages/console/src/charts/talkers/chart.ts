import type { QueryResult } from "@ngflow/server/client";

/** A ranking: groups of one or two dimensions with a bar each. */
export const talkersChart = {
  kind: "talkers",
  label: "Top talkers",
  options: { top: 10 },
  /** Totals, no time series. */
  accepts: (result: QueryResult): boolean => result.step === null,
} as const;
