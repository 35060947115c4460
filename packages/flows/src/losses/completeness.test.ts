import { expect, it } from "vitest";
import { type Loss, lossesIn } from "./completeness.ts";

const MINUTE = 60_000;
const at = (minute: number): string => new Date(minute * MINUTE).toISOString();
const gap = (from: number, to: number, count: number): Loss => ({
  fromMs: from * MINUTE,
  toMs: to * MINUTE,
  reason: "sequence-gap",
  count,
});
const down = (from: number, to: number): Loss => ({ ...gap(from, to, 0), reason: "collector-down", count: null });
const range = { fromMs: 0, toMs: 10 * MINUTE, stepMs: MINUTE };

it("a count is in the bin in which it was noticed, once", () => {
  expect(lossesIn([gap(1, 2, 5), gap(1.5, 2, 2), gap(3, 5, 7)], range)).toEqual([
    { time: at(1), reason: "sequence-gap", unit: "flows", count: 7 },
    { time: at(4), reason: "sequence-gap", unit: "flows", count: 7 },
  ]);
});

it("a time in which nobody counted is in every bin that it touches", () => {
  expect(lossesIn([down(1.5, 4)], range)).toEqual(
    [1, 2, 3].map((minute) => ({ time: at(minute), reason: "collector-down", unit: "flows", count: null })),
  );
});

it("a range without bins has one entry for each reason, and what nobody counted makes a sum unknown", () => {
  const losses = [gap(1, 2, 5), down(3, 4), { ...gap(6, 7, 1), count: null }];
  expect(lossesIn(losses, { ...range, stepMs: null })).toEqual([
    { time: at(0), reason: "collector-down", unit: "flows", count: null },
    { time: at(0), reason: "sequence-gap", unit: "flows", count: null },
  ]);
});

it("adjacent ranges share no count, and together have every one", () => {
  const losses = [gap(0, 1, 1), gap(3, 5, 10), gap(4.5, 5.5, 100), gap(9, 11, 1000)];
  const of = (from: number, to: number): (number | null)[] =>
    lossesIn(losses, { fromMs: from * MINUTE, toMs: to * MINUTE, stepMs: null }).map(({ count }) => count);
  expect(of(0, 5)).toEqual([11]);
  expect(of(5, 20)).toEqual([1100]);
  expect(of(20, 30)).toEqual([]);
});
