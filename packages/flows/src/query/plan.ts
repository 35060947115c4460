import type { ColumnName } from "../columns.ts";
import { FlowsError } from "../errors.ts";
import { AnswerTooLargeError, groupsOf, tooLarge } from "./answer-size.ts";
import { namedByName, type NamedValueName } from "../names/named-value.ts";
import { type NameSources, NO_NAMES, QueryNames } from "../names/query-names.ts";
import { columnsOf } from "./columns-of.ts";
import { columnsOfDimension, type Dimension, dimensionByName, valuesOfDimension } from "./dimension.ts";
import { comparesFlows, keptBy } from "./duplicates.ts";
import { isoTime, MAX_TIME_MS } from "./display.ts";
import { filterValues } from "./fields.ts";
import { parseFilter } from "./filter.ts";
import { DEFAULT_FLOWS, DEFAULT_TOP, MAX_FLOWS, MAX_TOP } from "./limits.ts";
import { nearest } from "./nearest.ts";
import { isPerFlow } from "./per-flow.ts";
import type { Tiers } from "./tier.ts";
import { recordedFrom, segmentsOf, type TierCovers, widened } from "./segments.ts";
import { emptiedColumns, TIERS } from "./tiers.ts";
import type { AggregatePlan, FlowsPlan, Measure } from "./aggregate-plan.ts";
import { resolveNames } from "./resolve-names.ts";
import { ORDERS, type Statistic, STATISTIC_BIN_MS } from "./statistic.ts";
import { type FlowsSpec, QUERY_METRICS, type QuerySpec } from "./types.ts";
import { ZONE_BIN_MS, zoneByName } from "./zone.ts";
import { columnsOfValue, valueByName } from "./value-by-name.ts";

/** What tiers have if nothing was dropped. */
const EVERYTHING = { sinceMs: 0, oldestMs: 0 };

/** A measure of one column, which only the flows have. */
type OfColumn = Extract<Measure, { readonly of: unknown }>;

/** The columns that a measure needs. */
const NEEDED: Readonly<Record<Exclude<Measure["kind"], OfColumn["kind"]>, readonly ColumnName[]>> = {
  bytes: ["Bytes"],
  packets: ["Packets"],
  flows: [],
  bpp: ["Bytes", "Packets"],
};

/** Most bins of a statistic: a year of five minutes. */
const MAX_STATISTIC_BINS = 106_000;

/**
 * Checks an aggregate, makes its tree and chooses the tier that answers it. With a step, bins are whole multiples of it
 * since 1970 UTC, and the range is widened to whole bins; a statistic does the same with bins of five minutes.
 * `covers` is what the store has of each tier; any other range may be widened, too: see `widened`. `sources` are the
 * names that there are.
 *
 * @throws FlowsError, FilterError, AnswerTooLargeError
 */
export function planQuery(
  spec: QuerySpec,
  tiers: Tiers = TIERS,
  covers: TierCovers = () => EVERYTHING,
  sources: NameSources = NO_NAMES,
): AggregatePlan {
  const { previousMs: shiftMs, ...asked } = spec;
  // Both ranges have the same numbers for names.
  const names = new QueryNames(sources, { fromMs: spec.fromMs - (shiftMs ?? 0), toMs: spec.toMs });
  const plan = planRange(asked, tiers, covers, names);
  if (shiftMs === undefined) return plan;
  const { measure, by, statistic, order, fromMs } = plan;
  if (measure.kind === "bpp" || "of" in measure)
    refuse(`${spec.metric} has no previous range; use a metric that is a sum`);
  if (statistic !== "total" || order !== "total") refuse("a previous range takes no statistic and no order");
  if (by.some(({ value }) => value === "Day")) refuse("Day has other values in a previous range");
  const problem = previousProblem({ fromMs, stepMs: plan.stepMs ?? 1, previousMs: shiftMs });
  if (problem !== undefined) refuse(`the previous range: ${problem}`);
  const earlier = { ...asked, fromMs: spec.fromMs - shiftMs, toMs: spec.toMs - shiftMs };
  return { ...plan, previous: { plan: planRange(earlier, tiers, covers, names), shiftMs } };
}

/** Why a range has no previous one, which is in the same bins and after 1970; undefined if it has. */
export function previousProblem(of: {
  readonly fromMs: number;
  readonly stepMs: number;
  readonly previousMs: number;
}): string | undefined {
  const { fromMs, stepMs, previousMs } = of;
  if (!Number.isSafeInteger(previousMs) || previousMs < 1) return "not a whole number of milliseconds above 0";
  if (previousMs % stepMs !== 0) return `not a whole number of bins of ${stepMs / 1000} s`;
  return Math.floor(fromMs / stepMs) * stepMs < previousMs ? "it would begin before 1970" : undefined;
}

function planRange(spec: QuerySpec, tiers: Tiers, covers: TierCovers, names: QueryNames): AggregatePlan {
  const asked = measureOf(spec.metric);
  if (typeof asked === "string") return refuse(asked);
  const measure = asked.kind === "distinct" ? { ...asked, of: withLookup(asked.of, names) } : asked;
  const by = spec.by.map((name) => inZone(withLookup(dimension(name), names), spec.zone));
  if (new Set(by.map(({ name }) => name)).size !== by.length)
    refuse(`the dimensions ${by.map(({ name }) => name).join(", ")} repeat one`);
  const top = spec.top ?? DEFAULT_TOP;
  if (!Number.isInteger(top) || top < 1 || top > MAX_TOP) refuse(`top ${top} is not a number from 1 to ${MAX_TOP}`);
  const stepMs = spec.stepMs ?? null;
  if (stepMs !== null && (!Number.isInteger(stepMs) || stepMs < 1))
    refuse(`step ${stepMs} ms is not a whole number above 0`);
  const statistic = spec.statistic ?? "total";
  const order = spec.order === undefined ? statistic : ORDERS[spec.order];
  const isBinned = statistic !== "total" || order !== "total";
  const problem = isBinned ? statisticProblem(measure, statistic, stepMs) : undefined;
  if (problem !== undefined) refuse(problem);
  checkRange(spec.fromMs, spec.toMs);
  const binMs = stepMs ?? STATISTIC_BIN_MS;
  const widenMs = stepMs ?? (isBinned ? binMs : 1);
  const fromMs = Math.floor(spec.fromMs / widenMs) * widenMs;
  const toMs = Math.ceil(spec.toMs / widenMs) * widenMs;
  if (toMs > MAX_TIME_MS) refuse(`step ${stepMs} ms is longer than the calendar`);
  const size = stepMs === null ? undefined : tooLarge({ fromMs, toMs }, stepMs, groupsOf(by, top));
  if (size !== undefined) throw new AnswerTooLargeError(`query: a step of ${stepMs! / 1000} s ${size}`);
  if (isBinned && (toMs - fromMs) / binMs > MAX_STATISTIC_BINS)
    refuse(`${statistic === "total" ? `order ${spec.order}` : statistic} takes a range of a year at most`);
  const duplicates = spec.duplicates ?? "as-seen";
  const where = keptBy(duplicates, resolveNames(parseFilter(spec.filter ?? "", spec.sets), names), names);
  const grouped = by.flatMap(columnsOfDimension);
  const isArrival = spec.time === "arrival";
  const isOfColumn = "of" in measure;
  const needed = isOfColumn ? columnsOfMeasure(measure) : NEEDED[measure.kind];
  // A roll-up has no times and counters of a flow, and its counters are multiplied by the sampling rate.
  const isOfFlows =
    spec.raw === true || isArrival || isOfColumn || grouped.some(isPerFlow) || comparesFlows(duplicates);
  const innerMs = [widenMs === 1 ? [] : [widenMs], by.flatMap(({ binMs = [] }) => binMs)].flat();
  const needs = { values: [...by.flatMap(valuesOfDimension), ...needed], where, fromMs, toMs, stepMs: gcd(innerMs) };
  const usable: Tiers = isOfFlows ? [tiers[0]] : tiers;
  const range = widenMs === 1 ? widened(usable, needs, covers) : { fromMs, toMs };
  const recordedFromMs = recordedFrom(usable, tiers, needs, covers);
  const emptied = emptiedColumns(tiers);
  const isRecorded = recordedFromMs < range.toMs;
  const begin = isRecorded ? Math.max(range.fromMs, recordedFromMs) : range.fromMs;
  return {
    kind: "aggregate",
    segments: segmentsOf(isRecorded ? usable : [tiers[0]], { ...needs, ...range, fromMs: begin }, covers),
    recordedFromMs: recordedFromMs > range.fromMs ? recordedFromMs : 0,
    longFromMs: [...columnsOf(where), ...grouped, ...needed].some((each) => emptied.includes(each))
      ? recordedFromMs
      : 0,
    tiers,
    by,
    measure,
    scaled: spec.raw !== true,
    arrival: isArrival,
    duplicates,
    statistic,
    order,
    binMs,
    // A rate is of the time that is recorded; bins of a series stay where they are asked for.
    fromMs: stepMs === null ? begin : range.fromMs,
    toMs: range.toMs,
    stepMs,
    top,
    where,
  };
}

/** What a metric computes; the problem as text when it is none. */
function measureOf(metric: string): Measure | string {
  if (metric === "bps") return { kind: "bytes" };
  if (metric === "pps") return { kind: "packets" };
  if (metric === "bytes" || metric === "packets" || metric === "flows" || metric === "bpp") return { kind: metric };
  const [word, name = ""] = metric.split(":", 2);
  if (word === "min" || word === "max") return extremeOf(word, name);
  if (word !== "distinct") return `"${metric}" is not a metric; the metrics are ${QUERY_METRICS.join(", ")}`;
  const of = dimensionByName(name);
  if (typeof of === "string") return of;
  return of.binMs === undefined ? { kind: "distinct", of } : `${of.name} cannot be counted`;
}

/** The least or greatest value of a column or computed value that is a number or a time. */
function extremeOf(kind: "min" | "max", text: string): Measure | string {
  const numbers = filterValues().filter(
    (name) => namedByName(name) === undefined && !["ip", "mac", "map"].includes(valueByName(name).kind),
  );
  const of = numbers.find((name) => name.toLowerCase() === text.toLowerCase());
  if (of !== undefined) return { kind, of };
  const near = nearest(text, numbers);
  const hint = near === undefined ? "" : `; did you mean ${kind}:${near}?`;
  return `"${text}" is not a column of numbers${hint}; those are ${numbers.join(", ")}`;
}

function columnsOfMeasure(measure: OfColumn): readonly ColumnName[] {
  return measure.kind === "distinct" ? columnsOfDimension(measure.of) : columnsOfValue(measure.of);
}

/** Checks the text of a metric. Answers the problem as text. */
export function metricProblem(metric: string): string | undefined {
  const measure = measureOf(metric);
  return typeof measure === "string" ? measure : undefined;
}

function statisticProblem({ kind }: Measure, statistic: Statistic, stepMs: number | null): string | undefined {
  if (kind === "bpp" || kind === "distinct" || kind === "min" || kind === "max")
    return `${kind} has no statistic and no order but total`;
  return stepMs !== null && statistic !== "total"
    ? `${statistic} is one number per group; leave out the step`
    : undefined;
}

/** Greatest common divisor; null of no numbers. */
function gcd(numbers: readonly number[]): number | null {
  const of = (a: number, b: number): number => (b === 0 ? a : of(b, a % b));
  return numbers.length === 0 ? null : numbers.reduce(of);
}

/**
 * Checks a request for raw rows and makes its tree; only the first tier has them. `sources` as in `planQuery`.
 *
 * @throws FlowsError, FilterError
 */
export function planFlows(spec: FlowsSpec, tiers: Tiers = TIERS, sources: NameSources = NO_NAMES): FlowsPlan {
  const limit = spec.limit ?? DEFAULT_FLOWS;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_FLOWS)
    refuse(`limit ${limit} is not a number from 1 to ${MAX_FLOWS}`);
  checkRange(spec.fromMs, spec.toMs);
  const [tier] = tiers;
  const { fromMs, toMs } = spec;
  const names = new QueryNames(sources, { fromMs, toMs });
  const duplicates = spec.duplicates ?? "as-seen";
  const where = keptBy(duplicates, resolveNames(parseFilter(spec.filter ?? "", spec.sets), names), names);
  const lookups = names.known().map((name) => ({ name, lookup: names.lookup(name) }));
  const arrival = spec.time === "arrival";
  const sort = spec.sort ?? null;
  return {
    kind: "flows",
    tier,
    columns: tier.columns,
    names: lookups,
    elements: names.elements,
    fromMs,
    toMs,
    arrival,
    duplicates,
    limit,
    sort,
    where,
  };
}

function dimension(name: string): Dimension {
  const found = dimensionByName(name);
  return typeof found === "string" ? refuse(found) : found;
}

/** A day or an hour, of a zone. */
function inZone(dimension: Dimension, zone: string | undefined): Dimension {
  if (zone === undefined || dimension.binMs === undefined) return dimension;
  const name = zoneByName(zone) ?? refuse(`${zone} is not a zone of the tz database`);
  return name === "UTC" ? dimension : { ...dimension, zone: name, binMs: ZONE_BIN_MS };
}

/** A dimension that is a name, with how it is found. */
function withLookup(dimension: Dimension, names: QueryNames): Dimension {
  if (namedByName(dimension.value) === undefined) return dimension;
  return { ...dimension, lookup: names.lookup(dimension.value as NamedValueName) };
}

function checkRange(fromMs: number, toMs: number): void {
  if (!Number.isInteger(fromMs) || !Number.isInteger(toMs) || fromMs < 0 || Math.max(fromMs, toMs) > MAX_TIME_MS)
    refuse(`the times ${fromMs} and ${toMs} are not Unix milliseconds`);
  if (fromMs >= toMs) refuse(`the range is empty: it starts at ${isoTime(fromMs)} and ends at ${isoTime(toMs)}`);
}

function refuse(problem: string): never {
  throw new FlowsError("bad-request", `query: ${problem}`);
}
