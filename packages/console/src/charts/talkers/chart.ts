import { coveredSeconds, recordedSince } from "../../state/coverage.ts";
import { composedChart } from "../chart.ts";
import { askSums } from "../sums.ts";

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
    const to = covered.totalsTo;
    const totals = await askSums(get, metric, { from, to, filter, by: talkers, top });
    return { totals, seconds: coveredSeconds(span, recordedSince(covered, span, [totals])) };
  },
});
