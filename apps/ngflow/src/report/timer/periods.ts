import { fromZone, zoneOffsetMs } from "@ngflow/flows";

export const PERIODS = ["day", "week", "month"] as const;
export type PeriodLength = (typeof PERIODS)[number];

/** A whole day, week from Monday, or month of a zone. */
export interface Period {
  /** Unix milliseconds, half open. */
  readonly fromMs: number;
  readonly toMs: number;
  /** `2026-11-30`, the first day; of a month `2026-11`. */
  readonly label: string;
}

const DAY_MS = 86_400_000;

/** The last period that ended before a moment, or one so many before it (`back` is 1 for the last one). */
export function periodBefore(length: PeriodLength, zone: string, atMs: number, back: number): Period {
  const localMs = atMs + zoneOffsetMs(zone, atMs);
  const [start, end] = [startOf(length, localMs, back), startOf(length, localMs, back - 1)];
  const label = new Date(start).toISOString().slice(0, length === "month" ? 7 : 10);
  return { fromMs: fromZone(zone, start), toMs: fromZone(zone, end), label };
}

/** The start of a period so many before the one that a local time is in, as a local time. */
function startOf(length: PeriodLength, localMs: number, back: number): number {
  const day = Math.floor(localMs / DAY_MS);
  if (length === "day") return (day - back) * DAY_MS;
  // 1970-01-01 was a Thursday.
  if (length === "week") return (day - ((day + 3) % 7) - 7 * back) * DAY_MS;
  const date = new Date(localMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - back, 1);
}
