import type { ColumnName, DimensionName } from "../columns.ts";
import { FlowsError } from "../errors.ts";
import { AnswerTooLargeError, groupsOf, tooLarge } from "./answer-size.ts";
import { DIMENSION_NAMES, dimensionByName } from "./dimension-by-name.ts";
import { isoTime, MAX_TIME_MS } from "./display.ts";
import { parseFilter } from "./filter.ts";
import { DEFAULT_FLOWS, DEFAULT_TOP, MAX_FLOWS, MAX_TOP } from "./limits.ts";
import type { Tiers } from "./tier.ts";
import { chooseTier, TIERS } from "./tiers.ts";
import type { AggregatePlan, FlowsPlan, Measure } from "./tree.ts";
import { type FlowsSpec, METRICS, type QuerySpec } from "./types.ts";

/** The column that a measure sums; counting flows needs none. */
const SUMMED: Readonly<Record<Measure, readonly ColumnName[]>> = { bytes: ["Bytes"], packets: ["Packets"], flows: [] };

/**
 * Checks an aggregate, makes its tree and chooses the tier that answers it. With a step, bins are whole multiples of it
 * since 1970 UTC, and the range is widened to whole bins.
 *
 * @throws FlowsError, FilterError, AnswerTooLargeError
 */
export function planQuery(spec: QuerySpec, tiers: Tiers = TIERS): AggregatePlan {
  if (!METRICS.includes(spec.metric)) refuse(`"${spec.metric}" is not a metric; the metrics are ${METRICS.join(", ")}`);
  const by = spec.by.map(dimension);
  if (new Set(by).size !== by.length) refuse(`the dimensions ${by.join(", ")} repeat one`);
  const top = spec.top ?? DEFAULT_TOP;
  if (!Number.isInteger(top) || top < 1 || top > MAX_TOP) refuse(`top ${top} is not a number from 1 to ${MAX_TOP}`);
  const stepMs = spec.stepMs ?? null;
  if (stepMs !== null && (!Number.isInteger(stepMs) || stepMs < 1))
    refuse(`step ${stepMs} ms is not a whole number above 0`);
  checkRange(spec.fromMs, spec.toMs);
  const fromMs = stepMs === null ? spec.fromMs : Math.floor(spec.fromMs / stepMs) * stepMs;
  const toMs = stepMs === null ? spec.toMs : Math.ceil(spec.toMs / stepMs) * stepMs;
  if (toMs > MAX_TIME_MS) refuse(`step ${stepMs} ms is longer than the calendar`);
  const problem = stepMs === null ? undefined : tooLarge({ fromMs, toMs }, stepMs, groupsOf(by, top));
  if (problem !== undefined) throw new AnswerTooLargeError(`query: a step of ${stepMs! / 1000} s ${problem}`);
  const measure = spec.metric === "bps" ? "bytes" : spec.metric === "pps" ? "packets" : spec.metric;
  const where = parseFilter(spec.filter ?? "", spec.sets);
  const tier = chooseTier(tiers, { columns: [...by, ...SUMMED[measure]], where, fromMs, toMs, stepMs });
  return { kind: "aggregate", tier, by, measure, fromMs, toMs, stepMs, top, where };
}

/**
 * Checks a request for raw rows and makes its tree; only the first tier has them.
 *
 * @throws FlowsError, FilterError
 */
export function planFlows(spec: FlowsSpec, tiers: Tiers = TIERS): FlowsPlan {
  const limit = spec.limit ?? DEFAULT_FLOWS;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_FLOWS)
    refuse(`limit ${limit} is not a number from 1 to ${MAX_FLOWS}`);
  checkRange(spec.fromMs, spec.toMs);
  const [tier] = tiers;
  const { fromMs, toMs } = spec;
  const where = parseFilter(spec.filter ?? "", spec.sets);
  return { kind: "flows", tier, columns: tier.columns, fromMs, toMs, limit, where };
}

function dimension(name: string): DimensionName {
  return (
    dimensionByName(name) ?? refuse(`"${name}" is not a column to group by; those are ${DIMENSION_NAMES.join(", ")}`)
  );
}

function checkRange(fromMs: number, toMs: number): void {
  if (!Number.isInteger(fromMs) || !Number.isInteger(toMs) || fromMs < 0 || Math.max(fromMs, toMs) > MAX_TIME_MS)
    refuse(`the times ${fromMs} and ${toMs} are not Unix milliseconds`);
  if (fromMs >= toMs) refuse(`the range is empty: it starts at ${isoTime(fromMs)} and ends at ${isoTime(toMs)}`);
}

function refuse(problem: string): never {
  throw new FlowsError("bad-request", `query: ${problem}`);
}
