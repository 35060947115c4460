import type { ApiAnswer, ApiPath } from "@ngflow/server/client";
import { cardsChart } from "./cards/chart.ts";
import { exploreChart } from "./explore/chart.ts";
import { exportersChart } from "./exporters/chart.ts";
import { flowsChart } from "./flows/chart.ts";
import { netgraphChart } from "./netgraph/chart.ts";
import { summaryChart } from "./summary/chart.ts";
import { thingChart } from "./thing/chart.ts";
import { talkersChart } from "./talkers/chart.ts";
import { trafficChart } from "./traffic/chart.ts";

/** Every chart of the console: a row per chart, by kind. What is asked, shown and loaded follows from the row. */
export const CHARTS = {
  cards: cardsChart,
  traffic: trafficChart,
  talkers: talkersChart,
  netgraph: netgraphChart,
  flows: flowsChart,
  exporters: exportersChart,
  explore: exploreChart,
  summary: summaryChart,
  thing: thingChart,
} as const;

export type ChartKind = keyof typeof CHARTS;

/** Charts that ask the API, and the answer each draws. */
export type AskedKind = {
  [K in ChartKind]: (typeof CHARTS)[K]["path"] extends ApiPath ? K : never;
}[ChartKind];
export type AnswerOf<K extends AskedKind> = (typeof CHARTS)[K] extends { ask(...of: never[]): Promise<infer Answer> }
  ? Answer
  : ApiAnswer<(typeof CHARTS)[K]["path"]>;

/** Whether a chart asks the API. */
export function isAsked(kind: ChartKind): kind is AskedKind {
  return CHARTS[kind].path !== null;
}

/** Whether the other charts of a new page ask after it. */
export function isFirst(kind: AskedKind): boolean {
  return "isFirst" in CHARTS[kind];
}

/** Whether a chart is of the time range and the filter in the address. */
export function isOfRange(kind: ChartKind): boolean {
  const { path } = CHARTS[kind];
  return path === "/query" || path === "/flows";
}
