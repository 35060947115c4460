import { coveredSeconds } from "../../state/coverage.ts";
import { composedChart } from "../chart.ts";

/** The rankings, by what they group. */
export const RANKED = { services: "ServicePort", hosts: "SrcAddr", inputs: "InIf", exporters: "ExporterAddr" } as const;
export type Ranked = keyof typeof RANKED;
export const RANKINGS = Object.keys(RANKED) as Ranked[];

/** The part of the range that is "now". */
const NOW_MS = 60_000;

/** What passes now, and the largest services, hosts, interfaces and exporters of the range. */
export const summaryChart = composedChart({
  kind: "summary",
  label: { en: "Summary", ja: "要約" },
  options: { top: 4 },
  columns: 12,
  path: "/query",
  async ask({ span, filter, coverage }, { top }, get) {
    const covered = await coverage();
    const { from } = span;
    const to = Math.max(from + 1, covered.unsettledFrom);
    const since = Math.max(from, covered.firstMs ?? from, to - NOW_MS);
    const common = { metric: "bytes", filter } as const;
    const ranking = (name: Ranked) => get("/query", { ...common, from, to, by: [RANKED[name]], top });
    const [now, ...answers] = await Promise.all([
      get("/query", { ...common, from: Math.min(since, to - 1), to }),
      ...RANKINGS.map(ranking),
    ]);
    return {
      /** Bits per second; null before anything is settled. */
      now: to - since < 1000 ? null : (8000 * Number(now.rows[0]?.["bytes"] ?? 0)) / (to - since),
      rankings: RANKINGS.map((name, index) => ({ name, result: answers[index]! })),
      seconds: coveredSeconds(span, covered),
    };
  },
});
