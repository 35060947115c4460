import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRangeWords, UTC_CALENDAR } from "./range-words.ts";

/** A Monday. */
const NOW = Date.parse("2026-11-30T03:15:20Z");

/** `from/to` without zeros of time, or the length in seconds; undefined when not understood. */
function read(text: string): string | undefined {
  const range = parseRangeWords(text, NOW, UTC_CALENDAR);
  if (range === undefined) return undefined;
  if ("lastMs" in range) return `${range.lastMs / 1000} s`;
  return [range.fromMs, range.toMs]
    .map((ms) => new Date(ms).toISOString().replace(/T00:00:00.000Z|:00.000Z/, ""))
    .join("/");
}

test.each([
  ["15m", "900 s"],
  ["last 2 hours", "7200 s"],
  ["past 1h 30m", "5400 s"],
  ["last 3 days", "259200 s"],
  ["last hour", "3600 s"],
  ["直近 2 時間", "7200 s"],
  ["過去30分間", "1800 s"],
  ["today", "2026-11-30/2026-12-01"],
  ["yesterday", "2026-11-29/2026-11-30"],
  ["yesterday 9:00-17:00", "2026-11-29T09:00/2026-11-29T17:00"],
  ["Yesterday 9-17", "2026-11-29T09:00/2026-11-29T17:00"],
  ["昨日 9時-17時", "2026-11-29T09:00/2026-11-29T17:00"],
  ["昨日の9:00から17:00まで", "2026-11-29T09:00/2026-11-29T17:00"],
  ["2 days ago", "2026-11-28/2026-11-29"],
  ["last tuesday", "2026-11-24/2026-11-25"],
  ["monday", "2026-11-30/2026-12-01"],
  ["last monday", "2026-11-23/2026-11-24"],
  ["先週の火曜日", "2026-11-24/2026-11-25"],
  ["this week", "2026-11-30/2026-12-07"],
  ["last week", "2026-11-23/2026-11-30"],
  ["先週", "2026-11-23/2026-11-30"],
  ["last month", "2026-10-01/2026-11-01"],
  ["this year", "2026-01-01/2027-01-01"],
  ["2026-02", "2026-02-01/2026-03-01"],
  ["2026-11-29", "2026-11-29/2026-11-30"],
  ["2026年11月29日", "2026-11-29/2026-11-30"],
  ["9:00-10:30", "2026-11-30T09:00/2026-11-30T10:30"],
  ["2026-11-29 09:00 to 10:00", "2026-11-29T09:00/2026-11-29T10:00"],
  ["2026-11-28 to 2026-11-29", "2026-11-28/2026-11-30"],
  ["2026-11-29T09:00:00Z/2026-11-29T12:00:00+02:00", "2026-11-29T09:00/2026-11-29T10:00"],
  ["2026-11-29 22:00 - 2026-11-30 01:00", "2026-11-29T22:00/2026-11-30T01:00"],
  ["yesterday to today", "2026-11-29/2026-12-01"],
  ["yesterday 22:00 to now", "2026-11-29T22:00/2026-11-30T03:15:20.000Z"],
  ["now-2h to now-1h", "2026-11-30T01:15:20.000Z/2026-11-30T02:15:20.000Z"],
  ["9:00-24:00", "2026-11-30T09:00/2026-12-01"],
])("%j is %s", (text, meant) => expect(read(text)).toBe(meant));

test.each([
  "",
  "soon",
  "0m",
  "2026-13",
  "2026-02-30",
  "17:00-9:00",
  "25:00-26:00",
  "now",
  "to",
  "tomorrow-ish",
  "2026-11-29 09:00",
  "2026-11-29 to 2026-11-28",
  "x".repeat(1000),
  "1969-12-31",
])("%j is not a range", (text) => expect(read(text)).toBeUndefined());

test("any text is answered, and what is understood is a range", () => {
  const words = fc.constantFrom(
    "last",
    "yesterday",
    "9:00",
    "-",
    "to",
    "2026-11-29",
    "昨日",
    "から",
    "3h",
    " ",
    "week",
    "now",
    "tue",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((parts) => parts.join(" ")),
      ),
      (text) => {
        const range = parseRangeWords(text, NOW, UTC_CALENDAR);
        if (range === undefined) return;
        if ("lastMs" in range) expect(range.lastMs).toBeGreaterThan(0);
        else expect(range.toMs).toBeGreaterThan(range.fromMs);
      },
    ),
  );
});
