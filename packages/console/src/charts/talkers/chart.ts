import { coveredSeconds, recordedSince } from "../../state/coverage.ts";
import { askCost } from "../ask-cost.ts";
import { composedChart } from "../chart.ts";
import { askSums } from "../sums.ts";
import { UNITS } from "../units.ts";

/** A shorter range is asked for whatever it costs. */
const FROM_MS = 6 * 3_600_000;
/** An answer that takes longer is asked for only when the reader says so. */
const SLOW_MS = 5000;

/** A ranking: groups of one or two dimensions with a bar each, over the time that is recorded and settled. */
export const talkersChart = composedChart({
  kind: "talkers",
  label: { en: "Top talkers", ja: "上位の通信" },
  options: { top: 12 },
  columns: 7,
  path: "/query",
  async ask({ state, filter, span, coverage }, { top }, get) {
    const { metric, talkers } = state;
    const covered = await coverage();
    const { from } = span;
    const to = covered.totalsTo;
    const params = { from, to, filter, by: talkers, top };
    if (state.own["slow"] !== "1" && to - from >= FROM_MS) {
      const cost = await askCost(get, { ...params, metric: UNITS[metric].sum });
      if (cost !== null && cost.aboutMs >= SLOW_MS) return { totals: null, seconds: 0, cost };
    }
    const totals = await askSums(get, metric, params);
    return { totals, seconds: coveredSeconds(span, recordedSince(covered, span, [totals])), cost: null };
  },
});
