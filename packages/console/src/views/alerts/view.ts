import type { ViewRow } from "../view.ts";

/** What fires, what fired, the rules with their dry runs, and silences. */
export const alertsView: ViewRow = {
  path: "/alerts",
  title: { en: "Alerts", ja: "アラート" },
  help: "how-to/alert",
  needs: () => [],
  load: () => import("./Alerts.svelte"),
};
