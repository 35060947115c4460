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
