import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { autoStepMs } from "./client/auto-step.ts";
import { parseDurationMs, parseInstantMs, parseTimeRange } from "./time-range.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");

test.each([
  ["90", 90_000],
  ["90s", 90_000],
  ["1h30m", 5_400_000],
  ["2d", 172_800_000],
  ["500ms", 500],
  ["1.5h", 5_400_000],
  ["", undefined],
  ["5x", undefined],
  ["m5", undefined],
  ["-5m", undefined],
])("duration %j is %j", (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

test.each([
  ["now", NOW],
  ["-15m", NOW - 900_000],
  [String(NOW), NOW],
  ["2026-01-02T03:04:05Z", NOW],
  ["2026-01-02T03:04:05", NOW],
  ["2026-01-02T05:04:05+02:00", NOW],
  ["2026-01-02", Date.parse("2026-01-02T00:00:00Z")],
  ["2026-13-40", undefined],
  ["soon", undefined],
])("instant %j is %j", (text, ms) => {
  expect(parseInstantMs(text, NOW)).toBe(ms);
});

describe("range", () => {
  test("defaults to the last 15 minutes", () => {
    expect(parseTimeRange({}, NOW)).toEqual({ fromMs: NOW - 900_000, toMs: NOW });
  });

  test("`last` counts back from `to`", () => {
    expect(parseTimeRange({ to: "-1h", last: "1h" }, NOW)).toEqual({ fromMs: NOW - 7_200_000, toMs: NOW - 3_600_000 });
  });
});

test("the automatic step never makes more than the bins asked for", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4e12 }), fc.integer({ min: 10, max: 1000 }), (lengthMs, bins) => {
      const step = autoStepMs({ fromMs: 0, toMs: lengthMs }, bins);
      expect(step % 1000).toBe(0);
      expect(lengthMs / step).toBeLessThanOrEqual(bins);
    }),
  );
});
