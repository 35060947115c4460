import type { ViewRow } from "../view.ts";

/** The first page: what passes now, whether something is missing, traffic, talkers, graph and records. */
export const overviewView: ViewRow = {
  path: "/",
  title: { en: "Overview", ja: "概要" },
  needs: () => ["summary", "traffic", "talkers", "netgraph", "flows"],
  load: () => import("./Overview.svelte"),
};
