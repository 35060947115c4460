import { expect, test } from "vitest";
import { readingOf, requestId } from "./reading.ts";

const running = (rows: number, rowsTotal: number | null) =>
  ({ state: "running", rows, bytes: 0, rowsTotal, elapsedMs: 1 }) as const;
const waiting = { state: "waiting", rows: 0, bytes: 0, rowsTotal: null, elapsedMs: 0 } as const;
const none = { ...waiting, state: "none" } as const;

test("what several questions read is added up; the whole is known when it is known of each", () => {
  expect(readingOf([running(10, 100), running(5, 50)])).toEqual({ rows: 15, rowsTotal: 150 });
  expect(readingOf([running(10, 100), waiting])).toEqual({ rows: 10, rowsTotal: null });
  expect(readingOf([running(10, 100), none])).toEqual({ rows: 10, rowsTotal: 100 });
  expect(readingOf([none, none])).toBeNull();
  expect(readingOf([])).toBeNull();
});

test("an estimate that was too low is not less than what was read", () => {
  expect(readingOf([running(120, 100)])).toEqual({ rows: 120, rowsTotal: 120 });
});

test("ids are those that the server takes, each another", () => {
  const ids = new Set(Array.from({ length: 100 }, requestId));
  expect(ids.size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[\w-]{8,64}$/);
});
