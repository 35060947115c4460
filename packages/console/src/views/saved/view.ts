import type { ViewRow } from "../view.ts";

/** What is saved, in this browser and for everybody. */
export const savedView: ViewRow = {
  path: "/saved",
  title: { en: "Saved", ja: "保存済み" },
  help: "how-to/use-the-console#save-a-page-or-a-filter",
  needs: () => [],
  load: () => import("./Saved.svelte"),
};

/** The stable address of a saved page or filter: it leads there. */
export const savedLinkView: ViewRow = {
  path: "/saved/:name",
  title: { en: "Saved page", ja: "保存したページ" },
  needs: () => [],
  load: () => import("./SavedLink.svelte"),
};
