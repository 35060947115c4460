import { netgraphChart } from "./netgraph/chart.ts";
import { talkersChart } from "./talkers/chart.ts";
import { trafficChart } from "./traffic/chart.ts";

/** Every chart of the console, by kind. */
export const CHARTS = {
  traffic: trafficChart,
  talkers: talkersChart,
  netgraph: netgraphChart,
} as const;
