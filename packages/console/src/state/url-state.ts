import type { DimensionName } from "@ngflow/flows";
import type { Metric } from "@ngflow/server/client";
import { isDimension } from "../format/dimension.ts";

/** Time ranges to choose from, with their length. */
export const RANGES = { "5m": 300_000, "15m": 900_000, "1h": 3_600_000, "6h": 21_600_000, "24h": 86_400_000 } as const;
export type RangeName = keyof typeof RANGES;

/** Metrics to choose from. */
export const VIEW_METRICS = ["bps", "pps", "flows"] as const satisfies readonly Metric[];
export type ViewMetric = (typeof VIEW_METRICS)[number];

/** The settings that decide what the page shows. All of them are in the address of the page. */
export interface ViewState {
  readonly range: RangeName;
  readonly metric: ViewMetric;
  /** Dimension of the traffic chart. */
  readonly by: DimensionName;
  /** One or two dimensions of the top talkers. */
  readonly talkers: readonly DimensionName[];
  readonly filter: string;
}

export const DEFAULT_VIEW: ViewState = {
  range: "15m",
  metric: "bps",
  by: "Proto",
  talkers: ["SrcAddr", "DstAddr"],
  filter: "",
};

/** The state that an address encodes. What is missing or not valid has its default. */
export function viewFromQuery(search: string): ViewState {
  const params = new URLSearchParams(search);
  const range = params.get("range") ?? "";
  const metric = VIEW_METRICS.find((name) => name === params.get("metric"));
  const by = params.get("by") ?? "";
  const talkers = [...new Set((params.get("talkers") ?? "").split(","))].filter(isDimension).slice(0, 2);
  return {
    range: Object.hasOwn(RANGES, range) ? (range as RangeName) : DEFAULT_VIEW.range,
    metric: metric ?? DEFAULT_VIEW.metric,
    by: isDimension(by) ? by : DEFAULT_VIEW.by,
    talkers: talkers.length > 0 ? talkers : DEFAULT_VIEW.talkers,
    filter: (params.get("filter") ?? "").trim(),
  };
}

/** The query part of the address of a state, `?` included; empty for the default. */
export function queryFromView(view: ViewState): string {
  const parts: string[] = [];
  const put = (name: string, value: string, byDefault: string): void => {
    if (value !== byDefault)
      parts.push(`${name}=${encodeURIComponent(value).replaceAll("%20", "+").replaceAll("%2C", ",")}`);
  };
  put("range", view.range, DEFAULT_VIEW.range);
  put("metric", view.metric, DEFAULT_VIEW.metric);
  put("by", view.by, DEFAULT_VIEW.by);
  put("talkers", view.talkers.join(","), DEFAULT_VIEW.talkers.join(","));
  put("filter", view.filter, DEFAULT_VIEW.filter);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}
