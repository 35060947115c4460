import { afterEach, beforeEach, expect, test } from "vitest";
import { setReader } from "../format/reader.ts";
import {
  between,
  DAY_PRESETS,
  DEFAULT_WINDOW,
  PRESETS,
  resolveWindow,
  shifted,
  upToNow,
  windowFrom,
  windowOfWords,
  windowText,
  zoomed,
} from "./time-window.ts";

const NOW = Date.parse("2026-11-30T03:15:00Z");
const MINUTE = 60_000;

beforeEach(() => setReader({ language: "en", zone: "utc" }));
afterEach(() => setReader({ language: "en", zone: "local" }));

test.each([
  [null, null, DEFAULT_WINDOW],
  ["now-1h", null, { from: "now-1h", to: "now" }],
  ["now-2h", "now-1h", { from: "now-2h", to: "now-1h" }],
  ["2026-11-29T09:00:00Z", "2026-11-29T10:00:00Z", { from: "2026-11-29T09:00:00Z", to: "2026-11-29T10:00:00Z" }],
  ["2026-11-29T10:00:00Z", "2026-11-29T09:00:00Z", DEFAULT_WINDOW],
  ["now", "now", DEFAULT_WINDOW],
  ["yesterday", null, DEFAULT_WINDOW],
  ["now-99999d", null, DEFAULT_WINDOW],
  // Without its zone a time would be another one for another reader.
  ["2026-11-29T09:00:00", null, DEFAULT_WINDOW],
])("from=%s to=%s", (from, to, window) => expect(windowFrom(from, to)).toEqual(window));

test("every range is resolved, and none is empty", () => {
  for (const length of PRESETS) {
    const { fromMs, toMs } = resolveWindow(upToNow(length), NOW);
    expect(toMs).toBe(NOW);
    expect(fromMs).toBeLessThan(toMs);
  }
  for (const words of DAY_PRESETS) expect(windowOfWords(words, NOW), words).toBeDefined();
  // The start is later than the end, which is known only now.
  const { fromMs, toMs } = resolveWindow({ from: "2027-01-01T00:00:00Z", to: "now" }, NOW);
  expect(fromMs).toBeLessThan(toMs);
});

test("back and forward by a part, but not past now", () => {
  const back = shifted(upToNow("1h"), -1, NOW);
  expect(back).toEqual({ from: "2026-11-30T01:15:00Z", to: "2026-11-30T02:15:00Z" });
  expect(shifted(back, 1, NOW)).toEqual(between(NOW - 60 * MINUTE, NOW));
  expect(shifted(back, 5, NOW)).toEqual(between(NOW - 60 * MINUTE, NOW));
  expect(shifted(upToNow("1h"), 1, NOW)).toEqual(upToNow("1h"));
});

test("zoom in around a point, out around the middle; a range up to now stays one when it gets longer", () => {
  expect(zoomed(upToNow("15m"), 2, NOW)).toEqual(upToNow("30m"));
  expect(zoomed(upToNow("1h"), 0.5, NOW, 0)).toEqual(between(NOW - 60 * MINUTE, NOW - 30 * MINUTE));
  const hour = between(NOW - 120 * MINUTE, NOW - 60 * MINUTE);
  expect(zoomed(hour, 2, NOW)).toEqual(between(NOW - 150 * MINUTE, NOW - 30 * MINUTE));
  const tiny = resolveWindow(zoomed(hour, 1e-9, NOW), NOW);
  expect(tiny.toMs - tiny.fromMs).toBe(10_000);
});

test("words and their texts", () => {
  expect(windowOfWords("last 90 minutes", NOW)).toEqual(upToNow("90m"));
  expect(windowOfWords("yesterday 9:00-17:00", NOW)).toEqual({
    from: "2026-11-29T09:00:00Z",
    to: "2026-11-29T17:00:00Z",
  });
  expect(windowOfWords("soon", NOW)).toBeUndefined();
  expect(windowText(upToNow("15m"))).toBe("Last 15 min");
  expect(["180d", "365d", "1825d"].map((length) => windowText(upToNow(length)))).toEqual([
    "Last 180 d",
    "Last 1 y",
    "Last 5 y",
  ]);
  expect(windowText(between(NOW - 60 * MINUTE, NOW))).toBe("2026-11-30 02:15 – 03:15");
  expect(windowText(between(NOW - 24 * 60 * MINUTE, NOW))).toBe("2026-11-29 03:15 – 11-30 03:15");
  const newYear = Date.parse("2027-01-01T00:00:00Z");
  expect(windowText(between(newYear - MINUTE, newYear))).toBe("2026-12-31 23:59 – 2027-01-01 00:00");
  expect(windowText({ from: "now-2h", to: "now-1h" })).toBe("2 h ago to 1 h ago");
  setReader({ language: "ja", zone: "utc" });
  expect(windowText(upToNow("15m"))).toBe("直近 15 分");
  expect(windowText({ from: "now-2h", to: "now-1h" })).toBe("2 時間前から1 時間前まで");
});
