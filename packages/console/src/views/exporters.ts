import type { ViewRow } from "./view.ts";

/** The exporters that the collector receives from. */
export const exportersView: ViewRow = {
  path: "/exporters",
  title: { en: "Exporters", ja: "エクスポーター" },
  help: "how-to/receive-flows",
  needs: () => ["exporters"],
};
