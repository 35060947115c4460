import { PROTOCOLS } from "@ngflow/wire";
import { expect, it } from "vitest";
import type { Session } from "./session.ts";
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

it("one that is used gives way to none of many that begin in the same second", () => {
  const dropped: Session[] = [];
  const events = { began: nothing, changed: nothing, moved: nothing, addressed: nothing };
  const table = new SessionTable(100, { ...events, dropped: (session) => dropped.push(session) });
  const find = (n: number, ms: number) => table.find(`10.1.0.${n}`, 2055, v9, 0, "", 1_000_000 + ms);
  const used = find(0, 0)!;
  for (let n = 1; n < 100; n++) {
    find(n, 0);
    if (n % 5 === 0) expect(find(0, 0)).toBe(used);
  }
  // A quarter of the table may begin in a second.
  for (let n = 100; n < 124; n++) {
    find(n, 990);
    expect(find(0, 990)).toBe(used);
  }
  expect(dropped).toHaveLength(24);
  expect(dropped).not.toContain(used);
});
