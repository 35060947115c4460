import type { ViewRow } from "../view.ts";

/** Flow records, as many as fit the window. */
export const flowsView: ViewRow = {
  path: "/flows",
  title: { en: "Flows", ja: "フロー" },
  needs: () => ["flows"],
  load: () => import("./Flows.svelte"),
};
