import type { LiveChart } from "../chart.ts";

/** The netgraph: nodes as cards, hooks as rows on their sides, links with their traffic. */
export const netgraphChart = {
  kind: "netgraph",
  label: { en: "Live graph", ja: "稼働中のグラフ" },
  options: { headHeight: 44, rowHeight: 24, labelWidth: 176, labelHeight: 36 },
  columns: 5,
  path: null,
  accepts: (graph) => graph.nodes.length > 0,
} as const satisfies LiveChart<unknown>;
