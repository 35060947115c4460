import { describe, expect, it } from "vitest";
import type { DayRows } from "./ledger-file.ts";
import { daysTooOld, isPlausibleDay } from "./retention.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 29, 12);
/** Days with one row; a day with a time was not plausible when its row was stored then. */
function days(...list: (string | [day: string, storedMs: number])[]): Map<string, DayRows> {
  const entries = list.map((entry) => (typeof entry === "string" ? ([entry, null] as const) : entry));
  return new Map(entries.map(([day, storedMs]): [string, DayRows] => [day, { rows: 1, storedMs }]));
}

describe("retention", () => {
  it("takes whole days, when their last row is too old", () => {
    const stored = days("2026-10-29", "2026-10-28", "2026-11-29");
    expect(daysTooOld(stored, 30, NOW - DAY)).toEqual(["2026-10-28"]);
    expect(daysTooOld(stored, 30, NOW)).toEqual(["2026-10-28", "2026-10-29"]);
    expect(daysTooOld(stored, 0, NOW + 9999 * DAY)).toEqual([]);
  });

  it("measures from the newest rows when the clock is ahead of them", () => {
    expect(daysTooOld(days("2026-10-31", "2026-11-29"), 30, NOW + 45 * DAY)).toEqual([]);
    expect(daysTooOld(days(), 30, NOW)).toEqual([]);
  });

  it("measures from the clock when rows are from the future", () => {
    expect(daysTooOld(days("2026-11-29", "2027-03-01"), 30, NOW)).toEqual([]);
  });

  it("keeps rows of days that were not plausible for as long as others", () => {
    const stored = days(["1970-01-01", NOW], ["2047-06-24", NOW], "2026-11-29", "2027-01-01");
    // Stored while a clock that was right after a jump was not believed yet.
    stored.set("2026-12-29", { rows: 1, storedMs: NOW - 60 * DAY });
    expect(daysTooOld(stored, 30, NOW + 29 * DAY)).toEqual([]);
    expect(daysTooOld(stored, 30, NOW + 35 * DAY)).toEqual(["1970-01-01", "2026-11-29", "2047-06-24"]);
  });

  it("knows which days are plausible", () => {
    const plausible = (day: string, retentionDays = 30): boolean => isPlausibleDay(day, retentionDays, NOW);
    expect(["2026-11-29", "2026-11-30", "2026-10-30"].map((day) => plausible(day))).toEqual([true, true, true]);
    expect(["2026-12-01", "2026-10-29", "1970-01-01", "2047-06-24"].map((day) => plausible(day))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(plausible("1999-01-01", 0)).toBe(true);
  });
});
