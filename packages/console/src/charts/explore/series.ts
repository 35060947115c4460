import { percentile95 } from "@ngflow/flows";
import type { QueryResult } from "@ngflow/server/client";
import type { MarkValues } from "../../filter/predicate.ts";
import type { Coverage } from "../../state/coverage.ts";
import type { Span } from "../../state/span.ts";
import { OTHERS } from "../../theme/colours.ts";
import { groupOf } from "../group.ts";
import { groupFactor, type Scale, shownUnit, type Unit, UNITS } from "../units.ts";

/** Key of the row that sums all groups. */
export const TOTAL = "total";

/**
 * What is known of a group's bins that are recorded and settled, in the unit; null where none is. `total` is in what
 * was summed.
 */
export interface Stats {
  readonly min: number | null;
  readonly max: number | null;
  readonly last: number | null;
  readonly average: number | null;
  readonly p95: number | null;
  readonly total: number;
}

/** A group over time. */
export interface ExploreSeries {
  /** Its values as text, or OTHERS. */
  readonly key: string;
  readonly label: string;
  /** Its values by dimension; null for the others. */
  readonly mark: MarkValues | null;
  /** In the unit, one per bin; null where nothing is recorded. */
  readonly values: readonly (number | null)[];
  readonly stats: Stats;
}

/** Groups over time, ready to draw. */
export interface ExploreData {
  readonly unit: Unit;
  readonly stepMs: number;
  /** Start of each bin, Unix milliseconds. */
  readonly times: readonly number[];
  /** Largest first, the others last. */
  readonly series: readonly ExploreSeries[];
  readonly total: ExploreSeries;
  readonly coverage: Coverage;
}

/**
 * A time series of sums as groups over a whole grid of bins. A group without a row in a bin had no traffic then: zero.
 * Statistics are of the bins that are recorded and settled.
 */
export function exploreData(
  result: QueryResult,
  dims: readonly string[],
  scale: Scale,
  span: Span,
  coverage: Coverage,
): ExploreData {
  const unit = shownUnit(scale);
  const { sum } = UNITS[unit];
  const bins = coverage.settled.length;
  const groups = new Map<string, { label: string; mark: MarkValues | null; sums: number[] }>();
  const all = Array<number>(bins).fill(0);
  for (const row of result.rows) {
    const bin = Math.floor((Date.parse(String(row["time"])) - span.from) / span.stepMs);
    if (!(bin >= 0 && bin < bins)) continue;
    const { key, label, mark } = groupOf(row, dims);
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { label, mark, sums: Array<number>(bins).fill(0) }));
    const value = Number(row[sum] ?? 0);
    group.sums[bin]! += value;
    all[bin]! += value;
  }
  const make = (key: string, label: string, mark: MarkValues | null, sums: readonly number[]): ExploreSeries => {
    const factor = groupFactor(scale, span.stepMs, mark);
    const values: (number | null)[] = sums.map((value) => (factor === null ? null : value * factor));
    for (const [first, last] of coverage.notRecorded) values.fill(null, first, last + 1);
    return { key, label, mark, values, stats: statsOf(sums, factor, coverage) };
  };
  const series = [...groups].map(([key, { label, mark, sums }]) => make(key, label, mark, sums));
  series.sort((a, b) => Number(a.key === OTHERS) - Number(b.key === OTHERS) || b.stats.total - a.stats.total);
  const times = Array.from({ length: bins }, (_, bin) => span.from + bin * span.stepMs);
  return { unit, stepMs: span.stepMs, times, series, total: make(TOTAL, "", null, all), coverage };
}

function statsOf(sums: readonly number[], factor: number | null, { settled }: Coverage): Stats {
  const counted = sums.filter((_, bin) => settled[bin]);
  const total = counted.reduce((all, value) => all + value, 0);
  const sorted = counted.toSorted((a, b) => a - b);
  if (counted.length === 0 || factor === null)
    return { min: null, max: null, last: null, average: null, p95: null, total };
  return {
    min: (sorted[0] ?? 0) * factor,
    max: (sorted.at(-1) ?? 0) * factor,
    last: (counted.at(-1) ?? 0) * factor,
    average: (total / counted.length) * factor,
    p95: percentile95(counted) * factor,
    total,
  };
}

/** Shares of each bin in percent, for stacks of 100. */
export function inPercent(data: ExploreData): ExploreData {
  const share = (values: readonly (number | null)[]) =>
    values.map((value, bin) => {
      const whole = data.total.values[bin] ?? 0;
      return value === null ? null : whole === 0 ? 0 : (100 * value) / whole;
    });
  return { ...data, series: data.series.map((one) => ({ ...one, values: share(one.values) })) };
}
