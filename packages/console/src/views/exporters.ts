import type { ViewRow } from "./view.ts";

/** The exporters that the collector receives from. */
export const exportersView: ViewRow = {
  path: "/exporters",
  title: { en: "Exporters", ja: "エクスポーター" },
  needs: () => ["exporters"],
};
