import { parseFilter } from "@ngflow/flows";
import { expect, test } from "vitest";
import example from "./example.json" with { type: "json" };
import { talkerRows } from "./render.ts";

const rows = talkerRows(example, 10, ["SrcAddr", "DstPort"], "bps");

test("largest first, the others last, nothing for zero", () => {
  expect(rows.map(({ cells }) => cells.join(" / "))).toEqual([
    "10.0.0.1 / 443 https",
    "2001:db8::1 / 53 dns",
    "10.0.0.7 / 40000",
    "others",
  ]);
  expect(rows.map(({ bar }) => bar)).toEqual([6000, 3000, 2, 9000].map((part) => part / 18_002));
  expect(rows.map(({ share }) => share.replace("\u202f", " "))).toEqual(["33.3 %", "16.7 %", "<0.1 %", "50.0 %"]);
});

test("every row carries a predicate that parses", () => {
  expect(rows[0]!.term).toBe("SrcAddr = 10.0.0.1 and DstPort = 443");
  for (const { term } of rows) expect(() => parseFilter(term!)).not.toThrow();
});

test("no rows, no whole, no division by nothing", () => {
  expect(talkerRows({ ...example, rows: [] }, 10, ["SrcAddr"], "bps")).toEqual([]);
  expect(talkerRows({ ...example, rows: [{ SrcAddr: null, bytes: 5 }] }, 10, ["SrcAddr"], "bps")[0]).toMatchObject({
    bar: 1,
    term: null,
  });
  // Over no settled time there is no rate yet.
  expect(talkerRows(example, 0, ["SrcAddr"], "bps")).toEqual([]);
});
