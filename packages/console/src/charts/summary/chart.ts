import type { QueryResult } from "@ngflow/server/client";
import { coveredSeconds } from "../../state/coverage.ts";
import { composedChart } from "../chart.ts";

/** The rankings, by what they group: columns with commas. An interface is one of its exporter. */
export const RANKED = {
  services: "App",
  hosts: "SrcAddr",
  inputs: "ExporterAddr,InIf",
  exporters: "ExporterAddr",
} as const;
export type Ranked = keyof typeof RANKED;
export const RANKINGS = Object.keys(RANKED) as Ranked[];

/** The part of the range that is "now". */
const NOW_MS = 60_000;

/** Bits per second that arrive, and that leave: those are of exporters that tell the direction. */
function ratesOf(rows: QueryResult["rows"], ms: number): { readonly in: number; readonly out: number } {
  const of = (isOut: boolean): number =>
    rows
      .filter((row) => (String(row["Direction"]) === "1") === isOut)
      .reduce((sum, row) => sum + (8000 * Number(row["bytes"] ?? 0)) / ms, 0);
  return { in: of(false), out: of(true) };
}

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
    const to = covered.totalsTo;
    const since = Math.max(from, covered.firstMs ?? from, to - NOW_MS);
    const common = { metric: "bytes", filter } as const;
    const ranking = (name: Ranked) => get("/query", { ...common, from, to, by: RANKED[name].split(","), top });
    const [now, ...answers] = await Promise.all([
      get("/query", { ...common, from: Math.min(since, to - 1), to, by: ["Direction"], top: 3 }),
      ...RANKINGS.map(ranking),
    ]);
    return {
      /** Bits per second by direction; null before anything is settled. */
      now: to - since < 1000 ? null : ratesOf(now.rows, to - since),
      rankings: RANKINGS.map((name, index) => ({ name, result: answers[index]! })),
      seconds: coveredSeconds(span, covered),
    };
  },
});
