import type { ViewRow } from "../view.ts";

/** An overview: pipeline, traffic, talkers, graph and records. */
export const overviewView: ViewRow = {
  path: "/",
  title: { en: "Overview", ja: "概要" },
  needs: () => ["traffic", "talkers", "netgraph", "flows"],
  load: () => import("./Overview.svelte"),
};
