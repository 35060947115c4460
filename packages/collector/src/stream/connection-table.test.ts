import { expect, it } from "vitest";
import { ConnectionTable, type ConnectionTimes, SILENT_MS, SLOW_MS } from "./connection-table.ts";

function connection(address: string, beganMs: number, messages = 1): ConnectionTimes {
  return { address, beganMs, lastMessageMs: beganMs, messages, partialMs: 0 };
}

it("an address has its own bound, and room again when one of its connections ends", () => {
  const table = new ConnectionTable<ConnectionTimes>(10, 2);
  const first = connection("a", 0);
  table.add(first);
  table.add(connection("a", 0));
  expect([table.isFull("a"), table.isFull("b")]).toEqual([true, false]);
  table.delete(first);
  table.delete(first);
  expect([table.isFull("a"), table.size]).toEqual([false, 1]);
});

it("when it is full, the connection that was silent for longest gives way, and none that is in use", () => {
  const table = new ConnectionTable<ConnectionTimes>(2, 2);
  const old = connection("a", 0);
  table.add(old);
  expect(table.toReplace(1)).toBeUndefined();
  table.add(connection("b", 10));
  expect(table.toReplace(SILENT_MS - 1)).toBe("none");
  expect(table.toReplace(SILENT_MS)).toBe(old);
  old.lastMessageMs = 20;
  expect(table.toReplace(SILENT_MS + 10)).toMatchObject({ address: "b" });
});

it("a connection without a first message is slow, and one with a message that stays incomplete; an idle one is not", () => {
  const table = new ConnectionTable<ConnectionTimes>(9, 9);
  const silent = connection("a", 0, 0);
  const idle = connection("b", 0);
  const dribbling = { ...connection("c", 0), partialMs: 5 };
  for (const each of [silent, idle, dribbling]) table.add(each);
  expect(table.slow(SLOW_MS - 1)).toEqual([]);
  expect(table.slow(SLOW_MS)).toEqual([silent]);
  expect(table.slow(SLOW_MS + 5)).toEqual([silent, dribbling]);
});
