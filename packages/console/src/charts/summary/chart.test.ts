import { parseFilter } from "@ngflow/flows";
import { expect, test } from "vitest";
import { rankedRows } from "./render.ts";

const result = {
  from: "2026-01-02T03:00:00.000Z",
  to: "2026-01-02T03:15:00.000Z",
  step: null,
  columns: ["ServicePort", "bytes"],
  rows: [
    { ServicePort: 443, bytes: 750 },
    { ServicePort: 53, bytes: 125 },
    { ServicePort: null, bytes: 125 },
  ],
  tier: "flows",
  elapsedMs: 3,
};

test("shares are of everything, the others included; rates of the recorded time", () => {
  const rows = rankedRows(result, "ServicePort", 10);
  expect(rows.map(({ label, share, value }) => [label, share, value.replace("\u202f", " ")])).toEqual([
    ["443 https", 0.75, "600 bit/s"],
    ["53 dns", 0.125, "100 bit/s"],
  ]);
  for (const { term } of rows) expect(() => parseFilter(term!)).not.toThrow();
});

test("nothing is nothing", () => {
  expect(rankedRows({ ...result, rows: [] }, "ServicePort", 10)).toEqual([]);
  expect(rankedRows(result, "ServicePort", 0)[0]!.value).toMatch(/^0/);
});
