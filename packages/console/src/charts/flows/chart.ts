import { askedChart } from "../chart.ts";

/** Records that arrive while the request is under way are in the answer too. */
const AHEAD_MS = 1000;

/** A table of flow records, newest first. */
export const flowsChart = askedChart({
  kind: "flows",
  label: { en: "Flow records", ja: "フロー レコード" },
  options: {},
  columns: 12,
  path: "/flows",
  params: ({ window, filter, rows }) => ({
    from: Math.floor(window.fromMs),
    to: Math.ceil(window.toMs) + AHEAD_MS,
    filter,
    limit: rows,
  }),
  accepts: () => true,
});
