import type { ViewRow } from "../view.ts";

/** Flow records, as many as fit the window. */
export const flowsView: ViewRow = {
  path: "/flows",
  title: "Flows",
  needs: () => ["flows"],
  load: () => import("./Flows.svelte"),
};
