import type { FlowReader, QuerySpec } from "@ngflow/flows";
import { groupingChoice, metricChoice } from "./top-choices.ts";
import { topScreen, type TopView } from "./top-screen.ts";

/** A terminal, as the live table uses it. */
export interface TopTerminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
  /** Calls back with every key that is pressed until the returned function is called. */
  onKey(pressed: (key: string) => void): () => void;
}

export interface TopConfig {
  /** The question at a moment. */
  readonly specAt: (nowMs: number) => QuerySpec;
  readonly everyMs: number;
  /** Ends the table. */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** Resolves after a time, or when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The other screen of the terminal without a cursor, and back: what was there before is there again. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
/** Cursor to the first place; the rest of a line, and of the screen, is empty. */
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_REST = "\x1b[J";
const CTRL_C = "\x03";

/** Shows the largest groups, again and again, until `q`, Ctrl-C or the signal. */
export async function runTop(
  reader: Pick<FlowReader, "query">,
  terminal: TopTerminal,
  config: TopConfig,
): Promise<void> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  config.signal.addEventListener("abort", end, { once: true });
  if (config.signal.aborted) end();
  const first = config.specAt(config.nowMs());
  const metric = metricChoice(first.metric);
  const by = groupingChoice(first.by);
  const filter = first.filter ?? "";
  let answer: TopView["answer"] = null;
  let problem: string | null = null;
  let isPaused = false;
  /** Ends the wait for the next question, or a question that is not of interest any more. */
  let turn = new AbortController();
  const draw = (): void => {
    const lines = topScreen(
      { answer, problem, filter, isPaused, metric: metric.value, by: by.value },
      terminal.columns,
      terminal.rows - 1,
    );
    terminal.write(HOME + lines.map((line) => `${line}${CLEAR_LINE}\r\n`).join("") + CLEAR_REST);
  };
  const changes: Readonly<Record<string, () => void>> = {
    s: () => metric.next(),
    b: () => by.next(),
    " ": () => (isPaused = !isPaused),
  };
  const silence = terminal.onKey((key) => {
    if (key === "q" || key === CTRL_C) return end();
    if (!Object.hasOwn(changes, key)) return;
    changes[key]!();
    turn.abort();
    draw();
  });
  terminal.write(ENTER);
  try {
    draw();
    while (!ending.signal.aborted) {
      turn = new AbortController();
      const signal = AbortSignal.any([turn.signal, ending.signal]);
      if (!isPaused) {
        try {
          const spec = { ...config.specAt(config.nowMs()), metric: metric.value, by: by.value } as QuerySpec;
          answer = await reader.query(spec, { signal });
          problem = null;
        } catch (error) {
          // A question that was cut off by a key is asked again at once.
          if (!signal.aborted) problem = (error as Error).message.split("\n")[0]!;
        }
        draw();
      }
      if (!signal.aborted) await config.sleep(config.everyMs, signal);
    }
  } finally {
    silence();
    config.signal.removeEventListener("abort", end);
    terminal.write(LEAVE);
  }
}
