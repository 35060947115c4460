import type { ViewRow } from "../view.ts";

/** Flow records: columns and order as chosen, page by page, with all fields of each. */
export const recordsView: ViewRow = {
  path: "/flows",
  title: { en: "Records", ja: "レコード" },
  help: "how-to/use-the-console#records",
  needs: () => [],
  ranged: true,
  load: () => import("./Records.svelte"),
};
