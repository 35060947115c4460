import fc from "fast-check";
import { expect, test } from "vitest";
import { spanOf } from "./span.ts";

const NOW = Date.parse("2026-01-02T03:04:05.678Z");

test("a range that is full of records is shown whole", () => {
  const span = spanOf(900_000, NOW, NOW - 5_000_000, 180);
  expect(span).toEqual({ from: span.to - 900_000, to: Date.parse("2026-01-02T03:04:00Z"), stepMs: 5000 });
});

test("before the first record there is nothing to show", () => {
  const { from, to, stepMs } = spanOf(900_000, NOW, NOW - 120_000, 180);
  expect(stepMs).toBe(2000);
  expect(to - from).toBeLessThan(125_000);
  expect(from).toBeLessThanOrEqual(NOW - 120_000);
});

test("a minute at least, also when the first record is of this second", () => {
  const { from, to } = spanOf(900_000, NOW, NOW - 10, 180);
  expect(to - from).toBeGreaterThanOrEqual(58_000);
});

test("whole bins, not more than asked for, never into the future", () => {
  const cases = fc.record({
    rangeMs: fc.constantFrom(300_000, 900_000, 3_600_000, 86_400_000),
    firstMs: fc.option(fc.integer({ min: NOW - 1e8, max: NOW })),
    maxBins: fc.integer({ min: 40, max: 200 }),
  });
  fc.assert(
    fc.property(cases, ({ rangeMs, firstMs, maxBins }) => {
      const { from, to, stepMs } = spanOf(rangeMs, NOW, firstMs, maxBins);
      expect(from % stepMs).toBe(0);
      expect(to % stepMs).toBe(0);
      expect(to).toBeLessThanOrEqual(NOW);
      expect((to - from) / stepMs).toBeLessThanOrEqual(maxBins + 1);
      expect(from).toBeLessThan(to);
    }),
  );
});
