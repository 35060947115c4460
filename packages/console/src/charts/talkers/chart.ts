import { coveredSeconds } from "../../state/coverage.ts";
import { composedChart } from "../chart.ts";
import { SUMMED } from "../summed.ts";

/** A ranking: groups of one or two dimensions with a bar each, over the time that is recorded and settled. */
export const talkersChart = composedChart({
  kind: "talkers",
  label: { en: "Top talkers", ja: "上位の通信" },
  options: { top: 10 },
  columns: 5,
  path: "/query",
  async ask({ state, filter, span, coverage }, { top }, get) {
    const { metric, talkers } = state;
    const covered = await coverage();
    const { from } = span;
    const to = Math.max(from + 1, covered.unsettledFrom);
    const totals = await get("/query", { from, to, metric: SUMMED[metric], filter, by: talkers, top });
    return { totals, seconds: coveredSeconds(span, covered) };
  },
});
