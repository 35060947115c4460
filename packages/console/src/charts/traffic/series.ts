import type { QueryResult } from "@ngflow/server/client";
import { dimensionText } from "../../format/dimension.ts";
import type { MarkValues } from "../../filter/predicate.ts";
import type { Coverage } from "../../state/coverage.ts";
import { OTHERS } from "../../theme/colours.ts";
import { factorOf, type Unit, UNITS } from "../units.ts";

/** One area of the chart. */
export interface TrafficSeries {
  /** Stable across refreshes: the value of the dimension as text, or `others`. */
  readonly key: string;
  readonly label: string;
  /** The values that a click on the area filters by; undefined for the group of the others. */
  readonly mark: MarkValues | null;
  /** One per bin; null where nothing at all was recorded. */
  readonly values: readonly (number | null)[];
  /** Mean over the bins that are recorded and settled. */
  readonly average: number;
  readonly peak: number;
  /** Sum of the bins that are recorded and settled, for the order. */
  readonly total: number;
}

/** The chart's data, ready to draw. */
export interface TrafficData {
  readonly stepMs: number;
  /** Start of each bin, Unix milliseconds. */
  readonly times: readonly number[];
  /** Largest first, the others last. */
  readonly series: readonly TrafficSeries[];
  readonly coverage: Coverage;
}

/** What arrives, and what leaves if exporters tell: above and below the axis. */
export interface TrafficSides {
  readonly up: TrafficData;
  readonly down: TrafficData | null;
}

/** A group of either side, with both of its averages. */
export interface TrafficGroup {
  readonly key: string;
  readonly label: string;
  readonly mark: MarkValues | null;
  readonly average: number;
  readonly averageOut: number;
}

/** The groups of both sides, largest together first, the others last. */
export function groupsOf({ up, down }: TrafficSides): TrafficGroup[] {
  const out = new Map((down?.series ?? []).map((series) => [series.key, series]));
  const keys = new Map([...(down?.series ?? []), ...up.series].map((series) => [series.key, series]));
  const inward = new Map(up.series.map((series) => [series.key, series]));
  return [...keys.values()]
    .map(({ key, label, mark }) => {
      const [one, other] = [inward.get(key), out.get(key)];
      return { key, label, mark, average: one?.average ?? 0, averageOut: other?.average ?? 0 };
    })
    .sort(
      (a, b) =>
        Number(a.key === OTHERS) - Number(b.key === OTHERS) ||
        b.average + b.averageOut - (a.average + a.averageOut) ||
        a.key.localeCompare(b.key),
    );
}

/**
 * Rows of a time series of sums as areas over a whole grid of bins, in a unit. A group without a row in a bin had no
 * traffic then: zero. Where nothing at all is recorded there is no value. Averages, peaks and totals are of the bins
 * that are settled.
 */
export function trafficData(result: QueryResult, by: string, unit: Unit, coverage: Coverage): TrafficData {
  const stepMs = (result.step ?? 1) * 1000;
  const from = Math.floor(Date.parse(result.from) / stepMs) * stepMs;
  const bins = coverage.settled.length;
  const times = Array.from({ length: bins }, (_, i) => from + i * stepMs);
  const groups = new Map<string, { value: string | number | null; sums: number[] }>();
  for (const row of result.rows) {
    const bin = Math.floor((Date.parse(String(row["time"])) - from) / stepMs);
    if (!(bin >= 0 && bin < bins)) continue;
    const value = row[by] ?? null;
    const key = value === null ? OTHERS : String(value);
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { value, sums: Array<number>(bins).fill(0) }));
    group.sums[bin]! += Number(row[UNITS[unit].sum] ?? 0);
  }
  const factor = factorOf({ unit }, stepMs);
  for (const { sums } of groups.values()) for (const [bin, sum] of sums.entries()) sums[bin] = sum * factor;
  const series = [...groups].map(([key, { value, sums }]) => summarize(key, value, by, sums, coverage));
  series.sort((a, b) => Number(a.key === OTHERS) - Number(b.key === OTHERS) || b.total - a.total);
  return { stepMs, times, series, coverage };
}

function summarize(
  key: string,
  value: string | number | null,
  by: string,
  sums: readonly number[],
  { notRecorded, settled }: Coverage,
): TrafficSeries {
  const values: (number | null)[] = [...sums];
  for (const [first, last] of notRecorded) values.fill(null, first, last + 1);
  const counted = sums.filter((_, bin) => settled[bin]);
  const total = counted.reduce((sum, v) => sum + v, 0);
  return {
    key,
    label: dimensionText(by, value),
    mark: value === null ? null : { [by]: value },
    values,
    average: counted.length === 0 ? 0 : total / counted.length,
    peak: counted.reduce((most, v) => Math.max(most, v), 0),
    total,
  };
}

/** Key of the area at a point of either side; undefined where there is none. */
export function sideAt({ up, down }: TrafficSides, timeMs: number, value: number, slack: number): string | undefined {
  return value < 0 && down ? areaAt(down, timeMs, -value, slack) : areaAt(up, timeMs, value, slack);
}

/**
 * Key of the area under a point: `value` is a height in the stack at `timeMs`. Between the middles of two bins areas
 * run straight from one to the other. Undefined above the stack, but for `slack` more, so that thin tops can be hit.
 */
export function areaAt(data: TrafficData, timeMs: number, value: number, slack: number): string | undefined {
  const position = (timeMs - (data.times[0] ?? 0)) / data.stepMs - 0.5;
  const bin = Math.max(0, Math.min(data.times.length - 1, Math.floor(position)));
  const part = Math.max(0, Math.min(1, position - bin));
  let top = 0;
  let highest: string | undefined;
  for (const { key, values } of data.series) {
    const before = values[bin] ?? null;
    const after = values[bin + 1] ?? before;
    const height = (before ?? after ?? 0) * (1 - part) + (after ?? before ?? 0) * part;
    if (height <= 0) continue;
    top += height;
    highest = key;
    if (value >= 0 && value <= top) return key;
  }
  return value >= 0 && value <= top + slack ? highest : undefined;
}
