import type { QueryResult } from "@ngflow/server/client";
import { expect, test } from "vitest";
import { areaPath, lineOf, rankingOf, roundUp, unknownRuns } from "./render.ts";

const answer = (rows: QueryResult["rows"], columns: string[]): QueryResult => ({
  from: "2026-01-02T03:00:00.000Z",
  to: "2026-01-02T03:00:40.000Z",
  step: 10,
  columns,
  rows,
  tier: "flows",
  elapsedMs: 1,
});

test("shares of a ranking sum to one, the rest included", () => {
  const { rows, total } = rankingOf(
    answer(
      [
        { SrcAddr: "10.0.0.1", bytes: 60 },
        { SrcAddr: "10.0.0.2", bytes: 30 },
        { SrcAddr: null, bytes: 10 },
      ],
      ["SrcAddr", "bytes"],
    ),
  );
  expect(total).toBe(100);
  expect(rows.map(({ share }) => share)).toEqual([0.6, 0.3, 0.1]);
  expect(rows.map(({ isRest }) => isRest)).toEqual([false, false, true]);
});

test("a bin without a row is zero; the average is of bins that are recorded and settled", () => {
  const one = answer([{ time: "2026-01-02T03:00:10.000Z", bytes: 10 }], ["time", "bytes"]);
  expect(lineOf(one, "bps", [true, true, true, true])).toEqual({ values: [0, 8, 0, 0], max: 8, average: 2, sum: 10 });
  expect(lineOf(one, "bps", [false, true, true, false]).average).toBe(4);
  expect(lineOf(one, "bps", [false, false, false, false]).average).toBeNull();
  expect(unknownRuns([false, false, true, false], [[0, 0]])).toEqual([
    [1, 1],
    [3, 1],
  ]);
  expect(unknownRuns([false, true, false, false])).toEqual([
    [0, 1],
    [2, 2],
  ]);
});

test("an area goes up and down from its axis", () => {
  expect(areaPath([1, 2], 2, 50, 40)).toBe("M0 50L0 30.00L1 30.00L1 10.00L2 10.00L2 50Z");
  expect(areaPath([2], 2, 50, -40)).toBe("M0 50L0 90.00L1 90.00L1 50Z");
  expect(areaPath([0], 0, 50, 40)).toBe("M0 50L0 50.00L1 50.00L1 50Z");
});

test.each([
  [0, 1],
  [0.31, 0.4],
  [1, 1],
  [1.2, 1.5],
  [4_900_000, 5_000_000],
  [99, 100],
])("the axis of %d ends at %d", (value, end) => {
  expect(roundUp(value)).toBeCloseTo(end);
});
