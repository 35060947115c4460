import { dateParts } from "../format/time.ts";
import { reader } from "../format/reader.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Distances between ticks below a month, milliseconds. */
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 5, 10].map((days) => days * DAY_MS),
];
/** Months between ticks. */
const MONTHS = [1, 2, 3, 6, 12];
const MONTH_MS = 30.4 * DAY_MS;

/** How far the zone of the reader is ahead of UTC at a time, milliseconds. */
function aheadMs(ms: number): number {
  return reader().zone === "utc" ? 0 : -new Date(ms).getTimezoneOffset() * MINUTE_MS;
}

/** The time whose text in the zone of the reader is that of `local` in UTC. */
function fromLocal(local: number): number {
  const guess = local - aheadMs(local);
  return local - aheadMs(guess);
}

/**
 * Round times of the zone of the reader in a range, Unix milliseconds: `most` of them at most, and at least one step
 * apart. Days begin at midnight also where the clock is changed.
 */
export function timeTicks(fromMs: number, toMs: number, most: number): number[] {
  const least = (toMs - fromMs) / Math.max(1, most);
  const step = STEPS_MS.find((ms) => ms >= least);
  const ticks: number[] = [];
  const add = (ms: number): void => {
    if (ms >= fromMs && ms <= toMs) ticks.push(ms);
  };
  if (step !== undefined && least < 20 * DAY_MS) {
    const first = Math.floor((fromMs + aheadMs(fromMs)) / step) * step;
    for (let local = first; local <= toMs + aheadMs(toMs); local += step) add(fromLocal(local));
    return ticks;
  }
  const months = MONTHS.find((count) => count * MONTH_MS >= least) ?? 12 * Math.ceil(least / (12 * MONTH_MS));
  const { year, month } = dateParts(fromMs);
  for (let at = Math.floor((12 * year + month - 1) / months) * months; ; at += months) {
    const ms = fromLocal(Date.UTC(Math.floor(at / 12), at % 12));
    if (ms > toMs) return ticks;
    add(ms);
  }
}
