import type { QueryResult } from "@ngflow/server/client";
import { type Coverage, recordedSince } from "../../state/coverage.ts";
import type { Round } from "../../state/round.ts";
import type { Span } from "../../state/span.ts";
import { hasDirection, reverseFilter, reverseName } from "../../filter/reverse.ts";
import { composedChart, type Get } from "../chart.ts";
import { binsOf, type FinerBins } from "./bins.ts";
import { hours } from "./heatmap.ts";
import { askSums } from "../sums.ts";
import { askLinkSpeeds } from "../ask-link-speeds.ts";
import { type LinkSpeeds, onlyLink } from "../link-speeds.ts";
import { shownUnit, UNITS } from "../units.ts";
import { exploreOptions, type ExploreOptions, PREVIOUS_KINDS } from "./options.ts";

/** What was asked for, and the answers. */
export interface ExploreAnswer {
  /** With the speed of the one interface that the answer is of, where SNMP has told it and none is typed. */
  readonly options: ExploreOptions & {
    /** Speeds of the interfaces of the groups, which do not add up; null for one speed, or none. */
    readonly links: LinkSpeeds | null;
    /** The interface (EXPORTER/INDEX) whose speed by SNMP `speed` is; null for a typed one. */
    readonly link: string | null;
  };
  readonly span: Span;
  readonly coverage: Coverage;
  /** A time series; totals for a Sankey diagram. */
  readonly main: QueryResult;
  /** The opposite direction, for the half below the axis; null without one. */
  readonly back: QueryResult | null;
  /** The total of the period before, in the same bins. */
  readonly before: QueryResult | null;
  /** What finer bins would cost, where hours are shown instead. */
  readonly finer: FinerBins | null;
}

/** Any question: groups over time, by hour and weekday, or as flows between columns. */
export const exploreChart = composedChart({
  kind: "explore",
  label: { en: "Explore", ja: "分析" },
  options: {},
  columns: 12,
  path: "/query",
  ask: (round, _, get) => askExplore(round, exploreOptions(round.state.own), get),
});

/** Asks what the options need, over whole bins. */
async function askExplore(round: Round, options: ExploreOptions, get: Get): Promise<ExploreAnswer> {
  const { dims, kind, order, raw, duplicates } = options;
  const ask = (params: Parameters<typeof askSums>[2]): Promise<QueryResult> => askSums(get, shownUnit(options), params);
  const common = {
    filter: round.filter,
    ...(raw ? { counters: "raw" } : {}),
    ...(duplicates === "as-seen" ? {} : { duplicates }),
  } as const;
  // The statistics of an order are of bins of five minutes; only a chosen one widens the range to them.
  const grouped = { ...common, by: dims, top: options.top, ...(order === "total" ? {} : { order }) };
  const isOverTime = !["heatmap", "sankey", "map"].includes(kind);
  const { span, finer } = isOverTime
    ? await binsOf(round, options.bins, { ...grouped, metric: UNITS[shownUnit(options)].sum }, get)
    : { span: kind === "heatmap" ? hours(round.span) : round.span, finer: null };
  const [from, to, step] = [span.from, span.to, span.stepMs / 1000];
  const coverage = round.coverage(span);
  const withSpeeds = async (...answers: readonly Parameters<typeof askLinkSpeeds>[2][number][]) => {
    const isWanted = options.unit === "util" && options.speed === null;
    const links = isWanted ? await askLinkSpeeds(get, String(round.filter ?? ""), answers) : null;
    const only = links && onlyLink(links);
    return only ? { ...options, speed: only.speed, link: only.link, links: null } : { ...options, links, link: null };
  };
  const series = { from, to, step };
  if (kind === "heatmap") {
    const [main, covered] = await Promise.all([ask({ ...common, ...series }), coverage]);
    const shown = { ...(await withSpeeds({ rows: main.rows, dims: [] })), links: null };
    return {
      options: shown,
      span,
      coverage: recordedSince(covered, span, [main]),
      main,
      back: null,
      before: null,
      finer,
    };
  }
  if (kind === "sankey" || kind === "map") {
    const covered = await coverage;
    const main = await ask({ ...grouped, from, to: covered.totalsTo });
    return {
      options: { ...options, links: null, link: null },
      span,
      coverage: covered,
      main,
      back: null,
      before: null,
      finer,
    };
  }
  const isMirrored = kind === "mirror" && hasDirection(dims, round.filter);
  const backDims = dims.map(reverseName);
  const reversed = { ...grouped, by: backDims, filter: reverseFilter(round.filter) };
  const past = { ...common, from: from - (to - from), to: from, step };
  const [main, covered, back, before] = await Promise.all([
    ask({ ...grouped, ...series }),
    coverage,
    isMirrored ? ask({ ...reversed, ...series }) : null,
    options.previous && PREVIOUS_KINDS.has(kind) && past.from > 0 ? ask(past) : null,
  ]);
  const shown = await withSpeeds({ rows: main.rows, dims }, ...(back ? [{ rows: back.rows, dims: backDims }] : []));
  return { options: shown, span, coverage: recordedSince(covered, span, [main, back]), main, back, before, finer };
}
