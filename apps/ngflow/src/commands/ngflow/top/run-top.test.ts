import type { FlowReader, QueryResult, QuerySpec } from "@ngflow/flows";
import { expect, test } from "vitest";
import { runTop, type TopTerminal } from "./run-top.ts";
import { topScreen } from "./top-screen.ts";

const SPEC: QuerySpec = { by: ["SrcAddr"], metric: "bps", fromMs: 0, toMs: 60_000, top: 3 };

function answerTo({ by, metric }: QuerySpec): QueryResult {
  return {
    from: "2026-01-02T00:00:00.000Z",
    to: "2026-01-02T00:01:00.000Z",
    step: null,
    columns: [...by, metric],
    rows: [{ ...Object.fromEntries(by.map((name) => [name, "10.0.0.1"])), [metric]: 8_000_000 }],
    tier: "flows",
    elapsedMs: 1,
  };
}

/** A terminal whose keys are pressed by the test, and what was written to it. */
function fakeTerminal(columns = 80, rows = 10) {
  let press: ((key: string) => void) | undefined;
  let written = "";
  const terminal: TopTerminal = {
    columns,
    rows,
    write: (text) => (written += text),
    onKey(pressed) {
      press = pressed;
      return () => (press = undefined);
    },
  };
  return {
    terminal,
    press: (key: string) => press?.(key),
    written: () => written,
    isListening: () => press !== undefined,
  };
}

test("asks again and again; keys change what is asked; q leaves the terminal as it was", async () => {
  const { terminal, press, written, isListening } = fakeTerminal();
  const asked: QuerySpec[] = [];
  const keys = ["s", "b", " ", " ", "x", "q"];
  const reader = {
    query: async (spec: QuerySpec) => {
      asked.push(spec);
      return answerTo(spec);
    },
  } as unknown as FlowReader;
  await runTop(reader, terminal, {
    specAt: () => SPEC,
    everyMs: 2000,
    signal: new AbortController().signal,
    nowMs: () => 0,
    sleep: async (ms) => {
      expect(ms).toBe(2000);
      press(keys.shift() ?? "q");
    },
  });
  expect(asked.slice(0, 3).map(({ metric, by }) => [metric, by])).toEqual([
    ["bps", ["SrcAddr"]],
    ["pps", ["SrcAddr"]],
    ["pps", ["SrcAddr", "DstAddr"]],
  ]);
  // Nothing is asked while it is paused.
  expect(asked).toHaveLength(5);
  expect(isListening()).toBe(false);
  expect(written().startsWith("\x1b[?1049h")).toBe(true);
  expect(written().endsWith("\x1b[?25h\x1b[?1049l")).toBe(true);
  expect(written()).toContain("8.00 Mbit/s");
});

test("a question without an answer is shown as a problem and asked again; a signal ends it", async () => {
  const { terminal, written } = fakeTerminal();
  const stopping = new AbortController();
  let asked = 0;
  const reader = {
    query: async (spec: QuerySpec) => {
      if (++asked === 2) throw new Error("the daemon does not answer");
      return answerTo(spec);
    },
  } as unknown as FlowReader;
  await runTop(reader, terminal, {
    specAt: () => SPEC,
    everyMs: 1,
    signal: stopping.signal,
    nowMs: () => 0,
    sleep: async () => {
      if (asked === 3) stopping.abort();
    },
  });
  expect(asked).toBe(3);
  expect(written()).toContain("! the daemon does not answer");
});

test("the signal ends a question that is under way", async () => {
  const { terminal, isListening } = fakeTerminal();
  const stopping = new AbortController();
  const reader = {
    query: (_: QuerySpec, { signal }: { signal: AbortSignal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
  } as unknown as FlowReader;
  const running = runTop(reader, terminal, {
    specAt: () => SPEC,
    everyMs: 1,
    signal: stopping.signal,
    nowMs: () => 0,
    sleep: async () => {},
  });
  stopping.abort();
  await running;
  expect(isListening()).toBe(false);
});

test("the screen fits the terminal, and control characters of values do not reach it", () => {
  const answer = answerTo(SPEC);
  const rows = Array.from({ length: 50 }, () => ({ SrcAddr: `\x1b[31m${"x".repeat(200)}`, bps: 1 }));
  const view = {
    answer: { ...answer, rows },
    problem: null,
    filter: "host\x1b[2J",
    metric: "bps",
    by: ["SrcAddr"],
    isPaused: true,
  };
  const lines = topScreen(view, 40, 9);
  expect(lines).toHaveLength(9);
  for (const line of lines) {
    expect(line.length).toBeLessThanOrEqual(40);
    expect(line).not.toContain("\x1b");
  }
  expect(topScreen({ ...view, answer: { ...answer, rows: [] } }, 40, 9).at(-1)).toBe("no flows in this range");
  expect(topScreen({ ...view, answer: null }, 80, 9)[0]).toContain("waiting for the first answer");
});
