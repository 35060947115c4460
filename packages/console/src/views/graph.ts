import type { ViewRow } from "./view.ts";

/** The live graph and its history. */
export const graphView: ViewRow = {
  path: "/graph",
  title: { en: "Graph", ja: "グラフ" },
  needs: () => ["netgraph"],
};
