import { dimensionByName } from "@ngflow/flows";
import type { QueryResult } from "@ngflow/server/client";
import type { MarkValues } from "../../filter/predicate.ts";
import { dimensionText } from "../../format/dimension.ts";
import type { Coverage } from "../../state/coverage.ts";
import type { Span } from "../../state/span.ts";
import { OTHERS } from "../../theme/colours.ts";
import { type ExploreUnit, UNITS } from "./options.ts";

/** Key of the row that sums all groups. */
export const TOTAL = "total";

/** What is known of a group's bins that are recorded and settled, in the unit; `total` in what was summed. */
export interface Stats {
  readonly min: number;
  readonly max: number;
  readonly last: number;
  readonly average: number;
  readonly p95: number;
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
  readonly unit: ExploreUnit;
  readonly stepMs: number;
  /** Start of each bin, Unix milliseconds. */
  readonly times: readonly number[];
  /** Largest first, the others last. */
  readonly series: readonly ExploreSeries[];
  readonly total: ExploreSeries;
  readonly coverage: Coverage;
}

/** A value as a filter has it: of `SrcAddr/24` the column `SrcAddr` and the prefix, `10.0.0.0/24`. */
export function cellOf(dim: string, value: string | number | null): readonly [string, string | number | null] {
  const found = dim.includes("/") ? dimensionByName(dim) : dim;
  if (typeof found === "string" || found.masks === undefined) return [dim, value];
  if (value === null) return [found.value, null];
  const text = String(value);
  const [bits, all] = text.includes(":") ? [found.masks.v6, 128] : [found.masks.v4 - 96, 32];
  return [found.value, bits < all && !text.includes("/") ? `${text}/${bits}` : text];
}

/** Key and label of the group that a row of an answer is of. */
export function groupOf(row: QueryResult["rows"][number], dims: readonly string[]) {
  const cells = dims.map((name) => cellOf(name, row[name] ?? null));
  const mark: MarkValues = Object.fromEntries(cells);
  if (dims.length === 0) return { key: "", label: "", mark: {} };
  if (cells.every(([, value]) => value === null)) return { key: OTHERS, label: dimensionText("", null), mark: null };
  const texts = cells.map(([name, value]) => dimensionText(name, value));
  return { key: cells.map(([, value]) => String(value)).join("\n"), label: texts.join(" · "), mark };
}

/**
 * A time series of sums as groups over a whole grid of bins. A group without a row in a bin had no traffic then: zero.
 * Statistics are of the bins that are recorded and settled.
 */
export function exploreData(
  result: QueryResult,
  dims: readonly string[],
  unit: ExploreUnit,
  span: Span,
  coverage: Coverage,
): ExploreData {
  const { sum, factor, rate } = UNITS[unit];
  const scale = rate ? (factor * 1000) / span.stepMs : factor;
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
    const values: (number | null)[] = sums.map((value) => value * scale);
    for (const [first, last] of coverage.notRecorded) values.fill(null, first, last + 1);
    return { key, label, mark, values, stats: statsOf(sums, scale, coverage) };
  };
  const series = [...groups].map(([key, { label, mark, sums }]) => make(key, label, mark, sums));
  series.sort((a, b) => Number(a.key === OTHERS) - Number(b.key === OTHERS) || b.stats.total - a.stats.total);
  const times = Array.from({ length: bins }, (_, bin) => span.from + bin * span.stepMs);
  return { unit, stepMs: span.stepMs, times, series, total: make(TOTAL, "", null, all), coverage };
}

function statsOf(sums: readonly number[], scale: number, { settled }: Coverage): Stats {
  const counted = sums.filter((_, bin) => settled[bin]);
  const total = counted.reduce((all, value) => all + value, 0);
  const sorted = counted.toSorted((a, b) => a - b);
  // Nearest rank: the smallest value that 95 % of the bins do not exceed.
  const rank = Math.max(0, Math.ceil(0.95 * sorted.length) - 1);
  return {
    min: (sorted[0] ?? 0) * scale,
    max: (sorted.at(-1) ?? 0) * scale,
    last: (counted.at(-1) ?? 0) * scale,
    average: counted.length === 0 ? 0 : (total / counted.length) * scale,
    p95: (sorted[rank] ?? 0) * scale,
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
