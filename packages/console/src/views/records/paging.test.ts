import fc from "fast-check";
import { expect, test } from "vitest";
import { type FlowRecord, PAGE_ROWS, pageFilter, pageLimit, pageOf, type PageStart } from "./paging.ts";

const iso = (ms: number): string => new Date(1_767_323_045_000 + ms).toISOString();
const record = (ms: number, id: number): FlowRecord => ({ TimeReceived: iso(ms), SrcPort: id }) as FlowRecord;

/** What a store answers: newest first; records of one millisecond in any order, here by a number that changes. */
function answer(all: readonly FlowRecord[], start: PageStart | null, turn: number): FlowRecord[] {
  const order = (row: FlowRecord): number => (Number(row["SrcPort"]) * 7919 * (turn + 1)) % 1009;
  return all
    .filter((row) => start === null || String(row["TimeReceived"]) <= start.receivedAt)
    .toSorted((a, b) =>
      a["TimeReceived"] === b["TimeReceived"]
        ? order(a) - order(b)
        : String(b["TimeReceived"]).localeCompare(String(a["TimeReceived"])),
    )
    .slice(0, pageLimit(start));
}

test("pages have every record once, whatever the order within a millisecond, equal records included", () => {
  const records = fc.array(fc.tuple(fc.nat(4), fc.nat(30)), { maxLength: 5 * PAGE_ROWS });
  fc.assert(
    fc.property(records, (pairs) => {
      const all = pairs.map(([ms, id]) => record(ms, id));
      const seen: FlowRecord[] = [];
      let start: PageStart | null = null;
      for (let turn = 0; ; turn++) {
        const page = pageOf(answer(all, start, turn), start);
        expect(page.rows.length).toBeLessThanOrEqual(PAGE_ROWS);
        seen.push(...page.rows);
        if (page.next === null) break;
        start = page.next;
      }
      const sorted = (rows: readonly FlowRecord[]): string[] => rows.map((row) => JSON.stringify(row)).sort();
      expect(sorted(seen)).toEqual(sorted(all));
    }),
    { numRuns: 50 },
  );
});

test("the filter of a page keeps the reader's, with or without one", () => {
  const start = { receivedAt: iso(0), shown: [] };
  expect(pageFilter("", null)).toBe("");
  expect(pageFilter("a = 1 or b = 2", null)).toBe("a = 1 or b = 2");
  expect(pageFilter("a = 1 or b = 2", start)).toBe(`(a = 1 or b = 2) and TimeReceived <= '${iso(0)}'`);
  expect(pageFilter("", start)).toBe(`TimeReceived <= '${iso(0)}'`);
});
