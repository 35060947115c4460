import type { DimensionName } from "@ngflow/flows";
import type { Unit } from "../charts/units.ts";
import { isDimension } from "../format/dimension.ts";
import { DEFAULT_WINDOW, type TimeWindow, upToNow, windowFrom } from "./time-window.ts";

/** Units to choose from on every page with traffic. */
export const VIEW_METRICS = ["bps", "l2", "pps", "fps"] as const satisfies readonly Unit[];
export type ViewMetric = (typeof VIEW_METRICS)[number];

/** The settings that decide what the page shows. All of them are in the address of the page. */
export interface ViewState extends TimeWindow {
  readonly metric: ViewMetric;
  /** Dimension of the traffic chart. */
  readonly by: DimensionName;
  /** One or two dimensions of the top talkers. */
  readonly talkers: readonly DimensionName[];
  readonly filter: string;
  /** Parameters of the view that is shown, by name. Another view does not get them. */
  readonly own: Readonly<Record<string, string>>;
}

export const DEFAULT_VIEW: ViewState = {
  ...DEFAULT_WINDOW,
  metric: "bps",
  by: "Proto",
  talkers: ["SrcAddr", "DstAddr"],
  filter: "",
  own: {},
};

/** Names that every view shares; `range=1h` is how older links say `from=now-1h`. */
const SHARED = new Set(["from", "to", "range", "metric", "by", "talkers", "filter"]);

/** The state that an address encodes. What is missing or not valid has its default. */
export function viewFromQuery(search: string): ViewState {
  const params = new URLSearchParams(search);
  // `flows` is how older links say `fps`.
  const wanted = params.get("metric") === "flows" ? "fps" : params.get("metric");
  const metric = VIEW_METRICS.find((name) => name === wanted);
  const by = params.get("by") ?? "";
  const talkers = [...new Set((params.get("talkers") ?? "").split(","))].filter(isDimension).slice(0, 2);
  const range = params.get("range");
  const old = range !== null && !params.has("from") ? upToNow(range) : null;
  return {
    ...windowFrom(old?.from ?? params.get("from"), old?.to ?? params.get("to")),
    metric: metric ?? DEFAULT_VIEW.metric,
    by: isDimension(by) ? by : DEFAULT_VIEW.by,
    talkers: talkers.length > 0 ? talkers : DEFAULT_VIEW.talkers,
    filter: (params.get("filter") ?? "").trim(),
    own: Object.fromEntries([...params].filter(([name]) => !SHARED.has(name))),
  };
}

/** The query part of the address of a state, `?` included; empty for the default. */
export function queryFromView(view: ViewState): string {
  const parts: string[] = [];
  const put = (name: string, value: string, byDefault?: string): void => {
    if (value !== byDefault) parts.push(`${encodeURIComponent(name)}=${encoded(value)}`);
  };
  put("from", view.from, DEFAULT_VIEW.from);
  put("to", view.to, DEFAULT_VIEW.to);
  put("metric", view.metric, DEFAULT_VIEW.metric);
  put("by", view.by, DEFAULT_VIEW.by);
  put("talkers", view.talkers.join(","), DEFAULT_VIEW.talkers.join(","));
  put("filter", view.filter, DEFAULT_VIEW.filter);
  for (const [name, value] of Object.entries(view.own)) put(name, value);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** Encoded, but for what is readable and safe in the query of an address. */
function encoded(value: string): string {
  return encodeURIComponent(value)
    .replaceAll("%20", "+")
    .replaceAll("%2C", ",")
    .replaceAll("%3A", ":")
    .replaceAll("%2F", "/");
}
