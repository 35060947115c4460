import { RANGES } from "../../state/url-state.ts";
import { askedChart } from "../chart.ts";

/** Records that arrive while the request is under way are in the answer too. */
const AHEAD_MS = 1000;

/** A table of flow records, newest first. */
export const flowsChart = askedChart({
  kind: "flows",
  label: "Flow records",
  options: {},
  columns: 12,
  path: "/flows",
  params: ({ state, filter, nowMs, rows }) => ({
    from: nowMs - RANGES[state.range],
    to: nowMs + AHEAD_MS,
    filter: filter(),
    limit: rows,
  }),
  accepts: () => true,
});
