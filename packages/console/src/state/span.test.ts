import { expect, test } from "vitest";
import { MOST_BINS, spanOf } from "./span.ts";

const NOW = Date.parse("2026-01-02T03:04:05.678Z");
const HOUR = 3_600_000;

test.each([
  [10_000, 2000],
  [5 * 60_000, 2000],
  [HOUR, 30_000],
  [24 * HOUR, 600_000],
  [365 * 24 * HOUR, 604_800_000],
])("a range of %d ms is whole bins of %d ms that cover all of it", (lengthMs, stepMs) => {
  const span = spanOf({ fromMs: NOW - lengthMs, toMs: NOW }, MOST_BINS.wide);
  expect(span.stepMs).toBe(stepMs);
  expect(span.from % stepMs).toBe(0);
  expect(span.to % stepMs).toBe(0);
  expect(span.from).toBeGreaterThan(NOW - lengthMs - stepMs);
  expect(span.from).toBeLessThanOrEqual(NOW - lengthMs);
  expect(span.to).toBeGreaterThanOrEqual(NOW);
  expect((span.to - span.from) / stepMs).toBeLessThanOrEqual(MOST_BINS.wide + 1);
});
