import { DEFAULT_FLOWS, DEFAULT_TOP, MAX_FLOWS, MAX_TOP } from "./limits.ts";
import { DUPLICATES } from "./duplicates.ts";
import { ORDERS, STATISTICS } from "./statistic.ts";
import { PLACEMENTS, QUERY_METRICS } from "./types.ts";

/**
 * The words of a query: parameters of the HTTP interface and options of `ngflow query` and `ngflow flows`. The text is
 * that of the OpenAPI document and of `--help`.
 */
export const QUERY_WORDS = {
  zone: "zone of the tz database, such as Europe/Berlin, of times without an offset and of days and hours (default UTC)",
  from: "start: ISO 8601 (UTC without a zone), Unix seconds or milliseconds, now, or -15m",
  to: "end, not included; the same forms as the start (default now)",
  last: "length of the range, counted back from its end: 90s, 15m, 6h, 2d (default 1h)",
  by: "columns to group by, separated by commas, for example SrcAddr/24,DstPort",
  metric: `what is computed: ${QUERY_METRICS.join(", ")} (default bytes)`,
  step: "a time series with bins this wide: 30s, 5m, a number of seconds, or auto",
  top: `groups kept, largest first, at most ${MAX_TOP}; the rest is one group (default ${DEFAULT_TOP})`,
  statistic: `of bins of five minutes: ${STATISTICS.join(", ")} (default total)`,
  order: `what the groups kept are largest by: ${Object.keys(ORDERS).join(", ")} (default: what is shown)`,
  counters: "scaled (by the sampling rate, the default) or raw (as exported)",
  time: `what places a flow in time: ${PLACEMENTS.join(" (its duration, the default) or ")} (when it was received)`,
  duplicates: `of a flow that several exporters saw: ${DUPLICATES.join(", ")} (default as-seen)`,
  previous:
    "a second column: the same groups a day, a week, a period (the length of the range) or for example 12h earlier",
  limit: `rows, newest first, at most ${MAX_FLOWS} (default ${DEFAULT_FLOWS})`,
  sort: "column whose largest values are first, or -COLUMN for the smallest (default: newest first)",
  filter: "text of the filter language, for example proto tcp and port 443",
} as const;

/** The name of an option of queries: a key of `QUERY_WORDS`. */
export type QueryWord = keyof typeof QUERY_WORDS;

/** Words with their values as text. A word that is absent has its default. */
export type GivenWords = { readonly [W in QueryWord]?: string | undefined };

/** How an error names a word: `last=10` is a parameter of an address, `--last 10` an option of a command. */
export type Spelling = "parameter" | "option";
