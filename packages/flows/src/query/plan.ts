import { NgflowError } from "@ngflow/base";
import { type ColumnName, COLUMNS, type DimensionName } from "../columns.ts";
import { isoTime, MAX_TIME_MS } from "./display.ts";
import { parseFilter } from "./filter.ts";
import { chooseTier, type Tiers, TIERS } from "./tiers.ts";
import type { AggregatePlan, FlowsPlan, Measure } from "./tree.ts";
import { type FlowsSpec, METRICS, type QuerySpec } from "./types.ts";

/** Most bins of a time series. */
export const MAX_BINS = 10_000;
/** Most groups kept by a top-N. */
export const MAX_TOP = 1000;
/** Most rows of raw flows. */
export const MAX_FLOWS = 10_000;

const DIMENSIONS: ReadonlyMap<string, DimensionName> = new Map(
  COLUMNS.flatMap((column) => (column.role === "dimension" ? [[column.name.toLowerCase(), column.name] as const] : [])),
);

/** A dimension by its column name in any case. @throws NgflowError (usage) when there is none. */
export function dimensionByName(name: string): DimensionName {
  return (
    DIMENSIONS.get(name.toLowerCase()) ??
    refuse(`"${name}" is no dimension to group by; the dimensions are ${[...DIMENSIONS.values()].join(", ")}`)
  );
}

/** The column that a measure sums; counting flows needs none. */
const SUMMED: Readonly<Record<Measure, readonly ColumnName[]>> = { bytes: ["Bytes"], packets: ["Packets"], flows: [] };

/**
 * Checks an aggregate, makes its tree and chooses the tier that answers it. With a step, bins are whole multiples of it since 1970 UTC and the range is
 * widened to whole bins. @throws NgflowError (usage), FilterError.
 */
export function planQuery(spec: QuerySpec, tiers: Tiers = TIERS): AggregatePlan {
  if (!METRICS.includes(spec.metric)) refuse(`"${spec.metric}" is no metric; the metrics are ${METRICS.join(", ")}`);
  const by = spec.by.map(dimensionByName);
  if (new Set(by).size !== by.length) refuse(`the dimensions ${by.join(", ")} repeat one`);
  const top = spec.top ?? 10;
  if (!Number.isInteger(top) || top < 1 || top > MAX_TOP) refuse(`top ${top} is not a number from 1 to ${MAX_TOP}`);
  const stepMs = spec.stepMs ?? null;
  if (stepMs !== null && (!Number.isInteger(stepMs) || stepMs < 1))
    refuse(`step ${stepMs} ms is not a whole number above 0`);
  checkRange(spec.fromMs, spec.toMs);
  const fromMs = stepMs === null ? spec.fromMs : Math.floor(spec.fromMs / stepMs) * stepMs;
  const toMs = stepMs === null ? spec.toMs : Math.ceil(spec.toMs / stepMs) * stepMs;
  if (toMs > MAX_TIME_MS) refuse(`step ${stepMs} ms is longer than the calendar`);
  if (stepMs !== null && (toMs - fromMs) / stepMs > MAX_BINS) {
    refuse(
      `a step of ${stepMs / 1000} s gives ${(toMs - fromMs) / stepMs} bins, at most ${MAX_BINS}; use a longer step or a shorter range`,
    );
  }
  const measure = spec.metric === "bps" ? "bytes" : spec.metric === "pps" ? "packets" : spec.metric;
  const where = parseFilter(spec.filter ?? "");
  const tier = chooseTier(tiers, { columns: [...by, ...SUMMED[measure]], where, fromMs, toMs, stepMs });
  return { kind: "aggregate", tier, by, measure, fromMs, toMs, stepMs, top, where };
}

/** Checks a request for raw rows and makes its tree; only the first tier has them. @throws NgflowError (usage), FilterError. */
export function planFlows(spec: FlowsSpec, tiers: Tiers = TIERS): FlowsPlan {
  const limit = spec.limit ?? 100;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_FLOWS)
    refuse(`limit ${limit} is not a number from 1 to ${MAX_FLOWS}`);
  checkRange(spec.fromMs, spec.toMs);
  const [tier] = tiers;
  const { fromMs, toMs } = spec;
  const where = parseFilter(spec.filter ?? "");
  return { kind: "flows", tier, columns: tier.columns, fromMs, toMs, limit, where };
}

function checkRange(fromMs: number, toMs: number): void {
  if (!Number.isInteger(fromMs) || !Number.isInteger(toMs) || fromMs < 0 || Math.max(fromMs, toMs) > MAX_TIME_MS)
    refuse(`the times ${fromMs} and ${toMs} are not Unix milliseconds`);
  if (fromMs >= toMs) refuse(`the range is empty: it starts at ${isoTime(fromMs)} and ends at ${isoTime(toMs)}`);
}

function refuse(problem: string): never {
  throw new NgflowError("query", `query: ${problem}`, "usage");
}
