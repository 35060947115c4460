import type { ViewRow } from "../view.ts";

/** Any question: filter, dimensions, chart and table. */
export const exploreView: ViewRow = {
  path: "/explore",
  title: { en: "Explore", ja: "分析" },
  help: "how-to/explore-traffic",
  needs: () => ["explore"],
  load: () => import("./Explore.svelte"),
};
