import type { Day, DayRows } from "./ledger-file.ts";

const DAY_MS = 86_400_000;

/** Unix milliseconds of the start of a day. */
export function dayStartMs(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** Whether rows may have been received on a day: it is not older than the retention (0: any) and not in the future. */
export function isPlausibleDay(day: Day, retentionDays: number, nowMs: number): boolean {
  const startMs = dayStartMs(day);
  if (startMs > nowMs + DAY_MS) return false;
  return retentionDays === 0 || startMs + (retentionDays + 1) * DAY_MS > nowMs;
}

/**
 * Days whose rows are all older than the retention, oldest first. Age is measured from the clock or the end of the
 * newest plausible day, whichever is older. Rows of a day that was not plausible when they were stored are as old as
 * their time in the store.
 */
export function daysTooOld(days: ReadonlyMap<Day, DayRows>, retentionDays: number, nowMs: number): Day[] {
  if (retentionDays === 0) return [];
  let newestMs = Number.NEGATIVE_INFINITY;
  for (const [day, { storedMs }] of days) {
    const startMs = dayStartMs(day);
    if (storedMs === null && startMs <= nowMs + DAY_MS) newestMs = Math.max(newestMs, startMs + DAY_MS);
  }
  const fromMs = Math.min(nowMs, newestMs) - retentionDays * DAY_MS;
  return [...days]
    .filter(([day, { storedMs }]) => (storedMs ?? dayStartMs(day) + DAY_MS) <= fromMs)
    .map(([day]) => day)
    .sort();
}
