import type { ViewRow } from "../view.ts";

/** A dry run: what a script of ngctl would do, step by step. */
export const explainView: ViewRow = {
  path: "/explain",
  title: { en: "Dry run", ja: "ドライラン" },
  help: "reference/explain",
  needs: () => [],
  load: () => import("./Explain.svelte"),
};
