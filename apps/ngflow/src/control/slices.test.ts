import { expect, it } from "vitest";
import { inSlices } from "./slices.ts";

/** Items done in each turn of the event loop, if each takes so long. */
async function turns(count: number, itemMs: number): Promise<number[]> {
  let nowMs = 0;
  let done = 0;
  const perTurn: number[] = [];
  let running = true;
  let seen = 0;
  const look = (): void => {
    perTurn.push(done - seen);
    seen = done;
    if (running) setImmediate(look);
  };
  const work = inSlices(
    Array.from({ length: count }, (_, i) => i),
    () => {
      done++;
      nowMs += itemMs;
    },
    () => nowMs,
  );
  look();
  await work;
  running = false;
  perTurn.push(done - seen);
  expect(perTurn.reduce((sum, items) => sum + items, 0)).toBe(count);
  return perTurn.filter((items) => items > 0);
}

it("a turn ends after some milliseconds", async () => {
  const perTurn = await turns(60_000, 0.01);
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(352);
  expect(perTurn.length).toBeGreaterThanOrEqual(Math.floor(60_000 / 352));
});

it("slow items end it after the fewest that are counted", async () => {
  expect(Math.max(...(await turns(2000, 5)))).toBe(32);
});

it("a few quick items are done at once", async () => {
  expect(await turns(100, 0.001)).toEqual([100]);
});
