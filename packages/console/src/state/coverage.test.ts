import { expect, test } from "vitest";
import { coverageOf, coveredSeconds, recordedSince } from "./coverage.ts";

const span = { from: 0, to: 100_000, stepMs: 10_000 };
const starts = (...bins: number[]): number[] => bins.map((bin) => bin * span.stepMs);

test("before the first record nothing is recorded; a talker's silence is not a pause", () => {
  const coverage = coverageOf(span, starts(3, 4, 6, 7, 8, 9), 100_000);
  expect(coverage.notRecorded).toEqual([[0, 2]]);
  expect(coverage.firstMs).toBe(30_000);
  expect(coverage.unsettledFrom).toBe(100_000);
  expect(coveredSeconds(span, coverage)).toBe(70);
});

test("a long pause is not recorded, a short one is zero", () => {
  expect(coverageOf(span, starts(0, 4, 5, 8, 9), 100_000).notRecorded).toEqual([[1, 3]]);
  expect(coverageOf({ ...span, stepMs: 2000, to: 20_000 }, [0, 18_000], 20_000).notRecorded).toEqual([]);
});

test("the newest part is not settled, and is neither recorded nor missing", () => {
  const coverage = coverageOf(span, starts(0, 1, 2, 3, 4, 5, 6), 75_000);
  expect(coverage.unsettledFrom).toBe(75_000);
  expect(coverage.notRecorded).toEqual([]);
  expect(coverage.settled).toEqual([true, true, true, true, true, true, true, false, false, false]);
  expect(coverageOf(span, [], 1e9).unsettledFrom).toBe(span.to);
});

test("totals have all that has arrived where less than half of a span is settled", () => {
  const recorded = starts(0, 1, 2, 3, 4, 5, 6, 7, 8);
  const mostly = coverageOf(span, recorded, 50_000, 96_000);
  expect([mostly.unsettledFrom, mostly.totalsTo, coveredSeconds(span, mostly)]).toEqual([50_000, 50_000, 50]);
  const hardly = coverageOf(span, recorded, -1_700_000, 96_000);
  expect([hardly.unsettledFrom, hardly.totalsTo, coveredSeconds(span, hardly)]).toEqual([0, 96_000, 90]);
  expect(hardly.notRecorded).toEqual([]);
  // The first minute of a new installation.
  const begun = coverageOf(span, starts(7, 8), 60_000, 96_000);
  expect([begun.unsettledFrom, begun.totalsTo, coveredSeconds(span, begun)]).toEqual([60_000, 96_000, 20]);
});

test("nothing stored at all", () => {
  const coverage = coverageOf(span, [], 96_000);
  expect(coverage.notRecorded).toEqual([[0, 8]]);
  expect(coverage.firstMs).toBeNull();
  expect(coveredSeconds(span, coverage)).toBe(0);
});

test("what an answer asks for may be recorded later than totals", () => {
  const all = coverageOf(span, starts(3, 4, 5, 6, 7, 8, 9), 100_000);
  const since = (ms: number) => recordedSince(all, span, [null, { recordedFrom: new Date(ms).toISOString() }]);
  expect(recordedSince(all, span, [{}])).toBe(all);
  expect(since(60_000).notRecorded).toEqual([[0, 5]]);
  expect(coveredSeconds(span, since(60_000))).toBe(40);
  // A bin of which only a part is recorded counts; a gap that goes on longer stays whole.
  expect(since(65_000).firstMs).toBe(60_000);
  expect(since(20_000).notRecorded).toEqual([[0, 2]]);
});
