import { expect, it } from "vitest";
import { withGone } from "./gone-days.ts";

it("has one range of what was dropped, whatever days had no rows", () => {
  const there = ["2026-03-09"];
  let gone = withGone([], "2026-03-01", there);
  gone = withGone(gone, "2026-03-02", there);
  gone = withGone(gone, "2026-03-07", there);
  expect(gone).toEqual([["2026-03-01", "2026-03-07"]]);
  expect(withGone(gone, "2026-03-04", there)).toEqual(gone);
  expect(withGone(gone, "2026-02-11", there)).toEqual([["2026-02-11", "2026-03-07"]]);
});

it("has another range where an older day is there", () => {
  const gone = withGone([["2026-03-01", "2026-03-02"]], "2026-03-05", ["2026-03-03", "2026-03-09"]);
  expect(gone).toEqual([
    ["2026-03-01", "2026-03-02"],
    ["2026-03-05", "2026-03-05"],
  ]);
  expect(withGone(gone, "2026-03-03", ["2026-03-09"])).toEqual([["2026-03-01", "2026-03-05"]]);
});

it("merges the oldest of many ranges", () => {
  const all = Array.from({ length: 150 }, (_, at) => `${2100 + at}-06-01`);
  let many: ReturnType<typeof withGone> = [];
  for (let at = 0; at < 150; at++) many = withGone(many, `${2100 + at}-01-01`, all);
  expect(many.length).toBe(100);
  expect(many[0]).toEqual(["2100-01-01", "2150-01-01"]);
});
