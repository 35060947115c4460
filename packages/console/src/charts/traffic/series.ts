import type { Metric, QueryResult } from "@ngflow/server/client";
import { dimensionText } from "../../format/dimension.ts";
import type { MarkValues } from "../../filter/predicate.ts";

/** One area of the chart. */
export interface TrafficSeries {
  /** Stable across refreshes: the value of the dimension as text, or `others`. */
  readonly key: string;
  readonly label: string;
  /** The values that a click on the area filters by; undefined for the group of the others. */
  readonly mark: MarkValues | null;
  /** One per bin; null where nothing at all was recorded. */
  readonly values: readonly (number | null)[];
  /** Mean over all bins, those without any record included. */
  readonly average: number;
  readonly peak: number;
  /** Sum over the bins. */
  readonly total: number;
}

/** The chart's data, ready to draw. */
export interface TrafficData {
  readonly stepMs: number;
  /** Start of each bin, Unix milliseconds. */
  readonly times: readonly number[];
  /** Largest first, the others last. */
  readonly series: readonly TrafficSeries[];
  /** Runs of bins in which nothing was recorded: index of the first and the last. */
  readonly gaps: readonly (readonly [number, number])[];
}

/** Key of the group that sums what has no area of its own. */
export const OTHERS = "others";

/**
 * Rows of a time series as areas over a whole grid of bins. A bin without any row recorded nothing: the first and the
 * last such bin of a run are drawn as zero, so that areas end sharply, and those between them are a gap.
 */
export function trafficData(result: QueryResult, by: string, metric: Metric): TrafficData {
  const stepMs = (result.step ?? 1) * 1000;
  const from = Math.floor(Date.parse(result.from) / stepMs) * stepMs;
  const bins = Math.max(0, Math.ceil((Date.parse(result.to) - from) / stepMs));
  const times = Array.from({ length: bins }, (_, i) => from + i * stepMs);
  const groups = new Map<string, { value: string | number | null; sums: number[] }>();
  const covered = new Uint8Array(bins);
  for (const row of result.rows) {
    const bin = Math.floor((Date.parse(String(row["time"])) - from) / stepMs);
    if (!(bin >= 0 && bin < bins)) continue;
    const value = row[by] ?? null;
    const key = value === null ? OTHERS : String(value);
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { value, sums: Array<number>(bins).fill(0) }));
    group.sums[bin]! += Number(row[metric] ?? 0);
    covered[bin] = 1;
  }
  const gaps = findGaps(covered);
  const hidden = new Uint8Array(bins);
  for (const [first, last] of gaps) hidden.fill(1, first === 0 ? 0 : first + 1, last === bins - 1 ? bins : last);
  const series = [...groups].map(([key, { value, sums }]) => summarize(key, value, by, sums, hidden));
  series.sort((a, b) => Number(a.key === OTHERS) - Number(b.key === OTHERS) || b.total - a.total);
  return { stepMs, times, series, gaps: gaps.filter(([first, last]) => last - first >= 2) };
}

function findGaps(covered: Uint8Array): [number, number][] {
  const gaps: [number, number][] = [];
  for (let i = 0; i < covered.length; i++) {
    if (covered[i] === 1) continue;
    let end = i;
    while (end + 1 < covered.length && covered[end + 1] === 0) end++;
    gaps.push([i, end]);
    i = end;
  }
  return gaps;
}

function summarize(
  key: string,
  value: string | number | null,
  by: string,
  sums: readonly number[],
  hidden: Uint8Array,
): TrafficSeries {
  const values = sums.map((sum, i) => (hidden[i] === 1 ? null : sum));
  let total = 0;
  let peak = 0;
  for (const v of sums) {
    total += v;
    if (v > peak) peak = v;
  }
  return {
    key,
    label: dimensionText(by, value),
    mark: value === null ? null : { [by]: value },
    values,
    average: sums.length === 0 ? 0 : total / sums.length,
    peak,
    total,
  };
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

/**
 * A colour slot for each key. A key keeps its slot as long as it is shown, so that a colour does not jump to another
 * group when the order changes; freed slots go to newcomers.
 */
export function assignSlots(previous: ReadonlyMap<string, number>, keys: readonly string[]): Map<string, number> {
  const slots = new Map<string, number>();
  for (const key of keys) {
    const slot = previous.get(key);
    if (slot !== undefined) slots.set(key, slot);
  }
  const taken = new Set(slots.values());
  let next = 0;
  for (const key of keys) {
    if (slots.has(key)) continue;
    while (taken.has(next)) next++;
    slots.set(key, next);
    taken.add(next);
  }
  return new Map(keys.map((key) => [key, slots.get(key)!]));
}
