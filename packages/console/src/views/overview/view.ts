import type { ViewRow } from "../view.ts";

/** The whole chain at a glance: pipeline, traffic, talkers, graph and records. */
export const overviewView: ViewRow = {
  path: "/",
  title: "Overview",
  needs: () => ["traffic", "talkers", "netgraph", "flows"],
  load: () => import("./Overview.svelte"),
};
