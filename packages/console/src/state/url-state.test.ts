import fc from "fast-check";
import { expect, test } from "vitest";
import { DIMENSIONS } from "../format/dimension.ts";
import { DEFAULT_VIEW, queryFromView, RANGES, type RangeName, VIEW_METRICS, viewFromQuery } from "./url-state.ts";

test("the default is the bare address", () => {
  expect(queryFromView(DEFAULT_VIEW)).toBe("");
  expect(viewFromQuery("")).toEqual(DEFAULT_VIEW);
});

test("the address is readable", () => {
  expect(queryFromView({ ...DEFAULT_VIEW, range: "1h", filter: "Proto = tcp", talkers: ["DstAddr", "DstPort"] })).toBe(
    "?range=1h&talkers=DstAddr,DstPort&filter=Proto+%3D+tcp",
  );
});

test("nonsense is the default", () => {
  expect(viewFromQuery("?range=9y&metric=joules&by=Nothing&talkers=x,y&filter=%20")).toEqual(DEFAULT_VIEW);
  expect(viewFromQuery("?range=toString").range).toBe("15m");
  expect(viewFromQuery("?talkers=DstAddr,DstAddr").talkers).toEqual(["DstAddr"]);
});

test("every state survives its address", () => {
  const names = DIMENSIONS.map(({ name }) => name);
  const state = fc.record({
    range: fc.constantFrom(...(Object.keys(RANGES) as RangeName[])),
    metric: fc.constantFrom(...VIEW_METRICS),
    by: fc.constantFrom(...names),
    talkers: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 2 }),
    filter: fc.string().map((text) => text.trim()),
  });
  fc.assert(
    fc.property(state, (view) => {
      expect(viewFromQuery(queryFromView(view))).toEqual(view);
    }),
  );
});
