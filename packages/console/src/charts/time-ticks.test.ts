import { afterEach, expect, test } from "vitest";
import { setReader } from "../format/reader.ts";
import { timeTicks } from "./time-ticks.ts";

const utc = (text: string): number => Date.parse(`${text}Z`);
const texts = (ticks: readonly number[]): string[] => ticks.map((ms) => new Date(ms).toISOString().slice(0, 16));
const zone = process.env["TZ"];
afterEach(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

test("round times, no more than there is room for", () => {
  setReader({ language: "en", zone: "utc" });
  expect(texts(timeTicks(utc("2026-01-02T03:07:11"), utc("2026-01-02T03:22:11"), 4))).toEqual([
    "2026-01-02T03:10",
    "2026-01-02T03:15",
    "2026-01-02T03:20",
  ]);
  expect(texts(timeTicks(utc("2026-01-02T05:00:00"), utc("2026-01-04T05:00:00"), 5))).toEqual([
    "2026-01-02T12:00",
    "2026-01-03T00:00",
    "2026-01-03T12:00",
    "2026-01-04T00:00",
  ]);
  expect(texts(timeTicks(utc("2025-02-03T00:00:00"), utc("2026-02-03T00:00:00"), 5))).toEqual([
    "2025-04-01T00:00",
    "2025-07-01T00:00",
    "2025-10-01T00:00",
    "2026-01-01T00:00",
  ]);
  for (const days of [0.001, 0.02, 0.7, 3, 12, 40, 100, 365, 5000]) {
    for (const most of [1, 4, 12]) {
      expect(timeTicks(0, days * 86_400_000, most).length).toBeLessThanOrEqual(most + 1);
    }
  }
});

test("days begin at midnight of the reader, also where the clock is changed", () => {
  process.env["TZ"] = "Europe/Berlin";
  setReader({ language: "en", zone: "local" });
  expect(texts(timeTicks(utc("2026-03-27T12:00:00"), utc("2026-03-31T12:00:00"), 5))).toEqual([
    "2026-03-27T23:00",
    "2026-03-28T23:00",
    "2026-03-29T22:00",
    "2026-03-30T22:00",
  ]);
});
