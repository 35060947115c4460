import type { ViewRow } from "../view.ts";

/** An overview: pipeline, traffic, talkers, graph and records. */
export const overviewView: ViewRow = {
  path: "/",
  title: "Overview",
  needs: () => ["traffic", "talkers", "netgraph", "flows"],
  load: () => import("./Overview.svelte"),
};
