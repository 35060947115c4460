import type { ViewRow } from "../view.ts";

/**
 * The first page: what passes now, whether something is missing, what was chosen of what is saved, traffic, talkers,
 * graph and records.
 */
export const overviewView: ViewRow = {
  path: "/",
  title: { en: "Overview", ja: "概要" },
  help: "how-to/use-the-console",
  needs: () => ["summary", "cards", "traffic", "talkers", "netgraph", "flows"],
  load: () => import("./Overview.svelte"),
};
