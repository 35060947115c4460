import type { QueryResult } from "@ngflow/server/client";
import { dateParts } from "../../format/time.ts";
import type { Coverage } from "../../state/coverage.ts";
import type { Span } from "../../state/span.ts";
import { factorOf, type Scale, shownUnit, UNITS } from "../units.ts";

/** Hours are the bins of a heatmap. */
export const HOUR_MS = 3_600_000;
/** Most hours of a chart, well below the most bins of an answer. */
const MAX_HOURS = 9500;

/** The whole hours that a span touches, the last of them. */
export function hours({ from, to }: Span): Span {
  const end = Math.ceil(to / HOUR_MS) * HOUR_MS;
  return { from: Math.max(Math.floor(from / HOUR_MS) * HOUR_MS, end - MAX_HOURS * HOUR_MS), to: end, stepMs: HOUR_MS };
}

/** A cell: the mean over the recorded hours of that name, in the unit; null where none is recorded. */
export interface HeatCell {
  readonly value: number | null;
  /** Recorded hours it is the mean of. */
  readonly hours: number;
}

/** What a heatmap draws: rows by day, and the largest mean. */
export type HeatmapData = ReturnType<typeof heatmapOf>;

/** Means by day of the week (Monday first) and hour of the day in the zone of the reader. */
export function heatmapOf(result: QueryResult, asked: Scale, span: Span, coverage: Coverage) {
  const { sum } = UNITS[shownUnit(asked)];
  const scale = factorOf(asked, span.stepMs);
  const sums = new Map(result.rows.map((row) => [Date.parse(String(row["time"])), Number(row[sum] ?? 0)]));
  const cells = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => ({ sum: 0, hours: 0 })));
  for (const [bin, isSettled] of coverage.settled.entries()) {
    if (!isSettled) continue;
    const time = span.from + bin * span.stepMs;
    const { weekday, hour } = dateParts(time);
    const cell = cells[(weekday + 6) % 7]![hour]!;
    cell.sum += sums.get(time) ?? 0;
    cell.hours++;
  }
  const rows = cells.map((row) =>
    row.map(({ sum: all, hours }): HeatCell => ({ value: hours === 0 ? null : (all * scale) / hours, hours })),
  );
  return { rows, most: Math.max(0, ...rows.flat().map(({ value }) => value ?? 0)) };
}
