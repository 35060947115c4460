import { askedChart } from "../chart.ts";

/** A ranking: groups of one or two dimensions with a bar each. */
export const talkersChart = askedChart({
  kind: "talkers",
  label: "Top talkers",
  options: { top: 10 },
  columns: 5,
  path: "/query",
  async params({ state, filter, span }, { top }) {
    const { metric, talkers } = state;
    const term = filter();
    const { from, to } = await span();
    return { from, to, metric, filter: term, by: talkers, top };
  },
  /** Totals, no time series. */
  accepts: (result) => result.step === null,
});
