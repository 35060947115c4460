import type { Gone } from "@ngflow/flows";
import type { Day, DayRange, DayRows } from "./ledger-file.ts";

const DAY_MS = 86_400_000;
/** Rows are received up to about this long after their flow ended. */
const LATE_MS = 3_600_000;

/** Unix milliseconds of the start of a day. */
export function dayStartMs(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** The time of flows that were received on days of some ranges. */
export function timeOf(ranges: readonly DayRange[]): readonly Gone[] {
  return ranges.map(([first, last]) => ({ fromMs: dayStartMs(first), toMs: dayStartMs(last) + DAY_MS }));
}

/** The next day. */
export function dayAfter(day: Day): Day {
  return new Date(dayStartMs(day) + DAY_MS).toISOString().slice(0, 10);
}

/** Days on which rows of a range of time may have been received. */
export function* daysIn(days: Iterable<Day>, range: { readonly fromMs: number; readonly toMs: number }): Iterable<Day> {
  for (const day of days) {
    const startMs = dayStartMs(day);
    if (startMs + DAY_MS > range.fromMs && startMs <= range.toMs + LATE_MS) yield day;
  }
}

/** Whether rows may have been received on a day: it is not older than the retention (0: any) and not in the future. */
export function isPlausibleDay(day: Day, retentionDays: number, nowMs: number): boolean {
  const startMs = dayStartMs(day);
  if (startMs > nowMs + DAY_MS) return false;
  return retentionDays === 0 || startMs + (retentionDays + 1) * DAY_MS > nowMs;
}

/**
 * Days whose rows are all older than the retention, oldest first. Age is measured from the clock or the end of the
 * newest day that is not in the future, whichever is older. Rows of a day that was not plausible when they were stored
 * (of 1970, for example) are not older than their time in the store. With `byClock`, age is that of the clock alone, so
 * that nothing stays because nothing came after it.
 */
export function daysTooOld(
  days: ReadonlyMap<Day, DayRows>,
  retentionDays: number,
  nowMs: number,
  byClock = false,
): Day[] {
  if (retentionDays === 0) return [];
  const isFuture = (day: Day): boolean => dayStartMs(day) > nowMs + DAY_MS;
  const endMs = (day: Day): number => dayStartMs(day) + DAY_MS;
  let newestMs = byClock ? nowMs : Number.NEGATIVE_INFINITY;
  for (const day of days.keys()) if (!isFuture(day)) newestMs = Math.max(newestMs, endMs(day));
  const fromMs = Math.min(nowMs, newestMs) - retentionDays * DAY_MS;
  const bornMs = (day: Day, storedMs: number | null): number =>
    storedMs === null ? endMs(day) : isFuture(day) ? storedMs : Math.max(storedMs, endMs(day));
  return [...days]
    .filter(([day, { storedMs }]) => bornMs(day, storedMs) <= fromMs)
    .map(([day]) => day)
    .sort();
}
