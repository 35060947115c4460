import { askedChart } from "../chart.ts";

/** Stacked areas over time: one per group of a dimension, and one for the others. */
export const trafficChart = askedChart({
  kind: "traffic",
  label: "Traffic over time",
  /** Groups with an area of their own: as many as the palette has distinguishable hues. */
  options: { top: 7 },
  columns: 12,
  path: "/query",
  async params({ state, filter, span }, { top }) {
    const { metric, by } = state;
    const term = filter();
    const { from, to, stepMs } = await span();
    return { from, to, step: stepMs / 1000, metric, filter: term, by: [by], top };
  },
  /** A time series by one dimension. */
  accepts: (result) => result.step !== null,
});
