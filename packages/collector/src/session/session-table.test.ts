import { PROTOCOLS } from "@ngflow/wire";
import { expect, it } from "vitest";
import { SessionTable } from "./session-table.ts";

const v9 = PROTOCOLS.find(({ name }) => name === "v9")!;
const nothing = (): void => {};

it("finds every one of many sessions again, and a new one in place of one that was dropped", () => {
  const table = new SessionTable(4000, {
    began: nothing,
    dropped: nothing,
    changed: nothing,
    moved: nothing,
    addressed: nothing,
  });
  const find = (n: number) => table.find(`10.${n >>> 8}.0.${n & 255}`, 2055, v9, n % 3, "", 1_000_000)!;
  const first = Array.from({ length: 2000 }, (_, n) => find(n));
  expect(new Set(first).size).toBe(2000);
  for (let round = 0; round < 2; round++) {
    expect(first.every((session, n) => find(n) === session)).toBe(true);
  }
  table.end(first[7]!);
  expect(find(7)).not.toBe(first[7]);
  expect(find(8)).toBe(first[8]);
  expect(table.size).toBe(2000);
});
