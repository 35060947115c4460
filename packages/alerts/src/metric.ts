import { planQuery, type QueryMetric } from "@ngflow/flows";

/** Why a metric cannot be that of a rule; undefined if it can. */
export function metricProblemOf(metric: string): string | undefined {
  if (!/^(bytes|packets|flows|bps|pps|distinct:\w+)$/.test(metric))
    return `"${metric}" is not one of bps, pps, bytes, packets, flows and distinct:COLUMN`;
  try {
    planQuery({ by: [], metric: metric as QueryMetric, fromMs: 0, toMs: 1 });
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^query: /, "");
  }
}
