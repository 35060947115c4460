import { expect, it } from "vitest";
import { Timers } from "./timers.ts";

type Step = readonly [nowMs: number, ...fired: string[]];

it.each<[string, Step[]]>([
  [
    "runs each timer at its interval, earliest first",
    [[0], [299], [300, "third"], [599], [600, "third"], [900, "third"], [1199, "second"], [1200, "third"]],
  ],
  [
    "does not make up for a jump forward",
    [[100_000, "third", "second"], [100_299], [100_300, "third"], [101_000, "third", "second"]],
  ],
  ["goes on when the clock is set back", [[900, "third"], [-5000], [-4901], [-4900, "second"], [-4700, "third"]]],
])("%s", (_title, steps) => {
  const timers = new Timers();
  const fired: string[] = [];
  timers.every(0, 1000, () => void fired.push("second"));
  timers.every(0, 300, () => void fired.push("third"));
  for (const [nowMs, ...expected] of steps) {
    fired.length = 0;
    timers.tick(nowMs);
    expect(fired, `at ${nowMs}`).toEqual(expected);
  }
});

it("says when the next one is due", () => {
  const timers = new Timers();
  expect(timers.tick(5)).toBe(Infinity);
  const stop = timers.every(5, 10, () => {});
  expect(timers.tick(6)).toBe(9);
  stop();
  expect(timers.tick(50)).toBe(Infinity);
});

it("does not run a timer that an earlier one cancelled", () => {
  const timers = new Timers();
  let stop = (): void => {};
  timers.every(0, 10, () => stop());
  stop = timers.every(0, 10, () => expect.unreachable());
  timers.tick(10);
});

it("lets a task choose its next time, once", () => {
  const timers = new Timers();
  const fired: number[] = [];
  timers.every(0, 10, (nowMs) => {
    fired.push(nowMs);
    return nowMs === 10 ? 250 : undefined;
  });
  for (const nowMs of [10, 20, 259, 260, 269, 270]) timers.tick(nowMs);
  expect(fired).toEqual([10, 260, 270]);
});

it("reports a timer that is due before the time it has promised", () => {
  const earlier: number[] = [];
  const timers = new Timers((inMs) => earlier.push(inMs));
  timers.every(0, 1000, () => void timers.every(1000, 1, () => {}));
  expect(timers.tick(0)).toBe(1000);
  timers.every(0, 2000, () => {});
  timers.every(0, 500, () => {});
  timers.every(100, 450, () => {});
  expect(earlier).toEqual([500]);
  expect(timers.tick(1000)).toBe(1);
  expect(earlier).toEqual([500]);
});
