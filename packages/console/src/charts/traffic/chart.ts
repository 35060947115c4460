import { composedChart } from "../chart.ts";

/** Stacked areas over time: one per group of a dimension, and one for the others. */
export const trafficChart = composedChart({
  kind: "traffic",
  label: { en: "Traffic over time", ja: "時間ごとの通信量" },
  /** Groups with an area of their own: as many as the palette has distinguishable hues. */
  options: { top: 7 },
  columns: 12,
  path: "/query",
  async ask({ state, filter, span, coverage }, { top }, get) {
    const { metric, by } = state;
    const { from, to, stepMs } = span;
    const asked = get("/query", { from, to, step: stepMs / 1000, metric, filter, by: [by], top });
    const [series, covered] = await Promise.all([asked, coverage()]);
    return { series, coverage: covered };
  },
});
