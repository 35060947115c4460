import type { Day, DayRange } from "./ledger-file.ts";

/** Ranges that are kept; more are merged, oldest first. A store that drops its oldest days has one. */
const RANGES = 100;

/**
 * Ranges of dropped days with one more, in order of time. Ranges are one where no day that is there is between them,
 * so that days without any rows do not divide them.
 */
export function withGone(gone: readonly DayRange[], day: Day, there: Iterable<Day>): readonly DayRange[] {
  const kept = [...there];
  const ranges: DayRange[] = [];
  for (const range of [...gone, [day, day] as const].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const last = ranges.at(-1);
    const isOne = last !== undefined && (range[0] <= last[1] || !kept.some((own) => own > last[1] && own < range[0]));
    if (isOne) ranges[ranges.length - 1] = [last[0], range[1] > last[1] ? range[1] : last[1]];
    else ranges.push(range);
  }
  while (ranges.length > RANGES) ranges.splice(0, 2, [ranges[0]![0], ranges[1]![1]]);
  return ranges;
}
