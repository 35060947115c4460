import fc from "fast-check";
import { expect, test } from "vitest";
import { DIMENSIONS } from "../format/dimension.ts";
import { DEFAULT_VIEW, queryFromView, VIEW_METRICS, viewFromQuery } from "./url-state.ts";

test("the default is the bare address", () => {
  expect(queryFromView(DEFAULT_VIEW)).toBe("");
  expect(viewFromQuery("")).toEqual(DEFAULT_VIEW);
});

test("the address is readable", () => {
  expect(
    queryFromView({ ...DEFAULT_VIEW, from: "now-1h", filter: "Proto = tcp", talkers: ["DstAddr", "DstPort"] }),
  ).toBe("?from=now-1h&talkers=DstAddr,DstPort&filter=Proto+%3D+tcp");
});

test("nonsense is the default", () => {
  expect(viewFromQuery("?range=9y&metric=joules&by=Nothing&talkers=x,y&filter=%20")).toEqual(DEFAULT_VIEW);
  expect(viewFromQuery("?from=toString")).toEqual(DEFAULT_VIEW);
  expect(viewFromQuery("?talkers=DstAddr,DstAddr").talkers).toEqual(["DstAddr"]);
});

test("every state survives its address", () => {
  const names = DIMENSIONS;
  const state = fc.record({
    from: fc.constantFrom("now-5m", "now-365d", "2026-11-29T09:00:00Z"),
    to: fc.constantFrom("now", "2026-11-30T09:00:00Z"),
    metric: fc.constantFrom(...VIEW_METRICS),
    by: fc.constantFrom(...names),
    talkers: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 2 }),
    filter: fc.string().map((text) => text.trim()),
    own: fc.dictionary(fc.stringMatching(/^x[a-z&= ]*$/), fc.string()).map((own) => ({ ...own })),
  });
  fc.assert(
    fc.property(state, (view) => {
      expect(viewFromQuery(queryFromView(view))).toEqual(view);
    }),
  );
});

test("older links have the length of the range, and flows a second by another name", () => {
  expect(viewFromQuery("?range=1h")).toEqual({ ...DEFAULT_VIEW, from: "now-1h" });
  expect(viewFromQuery("?metric=flows").metric).toBe("fps");
});
