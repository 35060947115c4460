import type { ViewRow } from "./view.ts";

/** The live graph and its history. */
export const graphView: ViewRow = {
  path: "/graph",
  title: { en: "Graph", ja: "グラフ" },
  help: "reference/node-types",
  needs: () => ["netgraph"],
};
