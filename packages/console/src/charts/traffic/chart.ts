import { addTerm } from "../../filter/predicate.ts";
import { recordedSince } from "../../state/coverage.ts";
import { composedChart } from "../chart.ts";
import { askSums } from "../sums.ts";

/** Exporters that do not tell the direction leave it as it is for what comes in (`flowDirection`, RFC 5102: 0). */
const DIRECTIONS = { arriving: "Direction != 1", leaving: "Direction = 1" } as const;

/** Stacked areas over time: one per group of a dimension, and one for the others; what goes out is below the axis. */
export const trafficChart = composedChart({
  kind: "traffic",
  label: { en: "Traffic over time", ja: "時間ごとの通信量" },
  /** Groups with an area of their own: as many as the palette has distinguishable hues. */
  options: { top: 7 },
  columns: 12,
  isFirst: true,
  path: "/query",
  async ask({ state, filter, span, coverage }, { top }, get) {
    const { metric, by } = state;
    const { from, to, stepMs } = span;
    const of = (direction: keyof typeof DIRECTIONS) =>
      askSums(get, metric, {
        ...{ from, to, step: stepMs / 1000, by: [by], top },
        filter: addTerm(filter, DIRECTIONS[direction]),
      });
    const [arriving, leaving, covered] = await Promise.all([of("arriving"), of("leaving"), coverage()]);
    return {
      arriving,
      leaving: leaving.rows.length > 0 ? leaving : null,
      coverage: recordedSince(covered, span, [arriving, leaving]),
    };
  },
});
