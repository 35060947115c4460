import { askedChart } from "../chart.ts";

/** A table of exporters, with the templates and losses of each. */
export const exportersChart = askedChart({
  kind: "exporters",
  label: { en: "Exporters", ja: "エクスポーター" },
  options: {},
  columns: 12,
  path: "/exporters",
  params: () => ({}),
  accepts: () => true,
});
