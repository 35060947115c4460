import { createGraph } from "@ngflow/graph";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { sleepMs, TimerPace } from "./pace-timers.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

it.each([
  [0, 1],
  [7, 7],
  [11, 50],
  [50, 50],
  [51, 100],
  [250, 250],
  [Number.POSITIVE_INFINITY, 1000],
])("sleeps at most to the end of the grid: %s ms", (inMs, slept) => {
  expect(sleepMs(1_700_000_000_000, inMs)).toBe(slept);
});

it("runs a node's timer at its time, wakes for nothing else, and follows a clock that is set", () => {
  const pace = new TimerPace(Date.now);
  const fired: number[] = [];
  let every: ((ms: number) => void) | undefined;
  const graph = createGraph({
    clock: { nowMs: Date.now, monotonicMs: Date.now },
    types: [{ name: "clockwork", cookie: 1, summary: "", role: "plain", hooks: [], messages: [], dropReasons: {} }],
    onEarlierTimer: pace.earlier,
  });
  graph.addNode("clockwork", null, (context) => {
    every = (ms) => void context.every(ms, (nowMs) => void fired.push(nowMs - 1_700_000_000_000));
    return {};
  });
  pace.start(graph);
  vi.advanceTimersByTime(990);
  every!(100);
  vi.advanceTimersByTime(300);
  expect(fired).toEqual([1100, 1200]);
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(150);
  expect(fired.length).toBe(4);
  vi.setSystemTime(Date.now() - 7_200_000);
  vi.advanceTimersByTime(350);
  expect(fired.length).toBeGreaterThanOrEqual(6);
  pace.end();
  expect(vi.getTimerCount()).toBe(0);
});
