import { FilterError, parseFilter } from "@ngflow/flows";
import { ClientError } from "@ngflow/server/client";
import { type AnswerOf, type AskedKind, type ChartKind, CHARTS, isAsked, isFirst } from "../charts/index.ts";
import type { Get } from "../charts/chart.ts";
import { icmpApart } from "../charts/icmp-apart.ts";
import { sentence } from "../format/sentence.ts";
import { page as t } from "../messages/page.ts";
import type { PathParams } from "../views/path.ts";
import { api } from "./api.ts";
import { lossesOf } from "./losses.ts";
import { running } from "./reading.svelte.ts";
import { type Coverage, coverageOf, SETTLE_MS } from "./coverage.ts";
import type { Round } from "./round.ts";
import { MOST_BINS, type Span, spanOf } from "./span.ts";
import { isMoving, resolveWindow } from "./time-window.ts";
import type { ViewState } from "./url-state.ts";

/** An answer with the round it was asked in: a chart never mixes old rows with new dimensions. */
export interface Answer<T> {
  readonly view: ViewState;
  /** What the round covered. */
  readonly span: Span;
  /** The filter that was applied. */
  readonly filter: string;
  readonly result: T;
}

/** A filter that cannot be read. */
export interface FilterFault {
  readonly filter: string;
  readonly message: string;
  readonly position: number | null;
}

const narrow = matchMedia("(max-width: 700px)");

/** Flow records asked for at first, how many more each "Show more" asks for, and the most. */
const ROWS = { first: 100, more: 200, most: 2000 } as const;
/** Filters that the server refused and that are remembered. */
const MAX_REFUSED = 100;

/** A chart's request, without the types that tie its parameters to its answer: those hold within its own row. */
interface AnyAsked {
  readonly path: "/query";
  readonly options: unknown;
  params(round: Round, options: unknown): object | Promise<object>;
  accepts(result: unknown): boolean;
  ask?(round: Round, options: unknown, get: Get): Promise<unknown>;
}

/** The answers of the API to the charts that are shown, requested repeatedly. Old ones stay until new ones arrive. */
class Answers {
  #byKind = $state.raw<{ readonly [K in AskedKind]?: Answer<unknown> }>({});
  filterFault = $state.raw<FilterFault | null>(null);
  /** The filter that is applied: the last one that could be read. */
  applied = $state("");
  /** The last error other than one in the filter; null if the last round was answered. */
  failure = $state<string | null>(null);
  /** The view changed and its answers have not arrived yet. */
  pending = $state(false);
  /** When the last round was answered, Unix milliseconds; null before the first. */
  answeredMs = $state<number | null>(null);
  rows = $state<number>(ROWS.first);
  /** The reader ended the question; the next one is asked when the view changes, or again. */
  cancelled = $state(false);
  /** How often the reader asked again. */
  repeats = $state(0);
  #abort: AbortController | null = null;
  /** Charts that have an answer. Not a state: who asks does not depend on it. */
  readonly #answered = new Set<AskedKind>();
  readonly #refused = new Map<string, FilterFault>();

  /** The last answer for a chart. */
  of<K extends AskedKind>(kind: K): Answer<AnswerOf<K>> | null {
    return (this.#byKind[kind] as Answer<AnswerOf<K>> | undefined) ?? null;
  }

  /** Requests only what the charts need. A round that is still running is cancelled. */
  async ask(kinds: readonly ChartKind[], state: ViewState, params: PathParams): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.cancelled = false;
    const fault = this.#faultOf(state.filter);
    this.filterFault = fault;
    const filter = fault ? this.applied : state.filter;
    this.applied = filter;
    const round = roundOf({ state, params, filter, rows: this.rows }, abort.signal);
    const asked = kinds.filter(isAsked);
    const outcomes = await this.#askAll(asked, round, abort.signal);
    if (abort.signal.aborted) return;
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed && this.#refuse(filter, failed.reason)) return this.ask(kinds, state, params);
    this.#settle(failed?.reason);
  }

  /** Ends the round that is running: a closed connection frees the engine. */
  cancel(): void {
    this.#abort?.abort();
    this.pending = false;
    this.cancelled = true;
  }

  /** Asks what was cancelled. */
  again(): void {
    this.repeats++;
  }

  /** All at once; but before the first answer of the chart that is waited for, the others let it pass. */
  async #askAll(kinds: readonly AskedKind[], round: Round, signal: AbortSignal) {
    const ask = (some: readonly AskedKind[]) =>
      Promise.allSettled(some.map((kind) => this.#askOne(kind, round, signal)));
    const first = kinds.filter((kind) => isFirst(kind) && !this.#answered.has(kind));
    if (first.length === 0) return ask(kinds);
    const others = kinds.filter((kind) => !first.includes(kind));
    const begun = await ask(first);
    return signal.aborted ? begun : [...begun, ...(await ask(others))];
  }

  async #askOne(kind: AskedKind, round: Round, signal: AbortSignal): Promise<void> {
    const chart = CHARTS[kind] as unknown as AnyAsked;
    const get = icmpApart((path, params) =>
      path === "/query"
        ? running.watch((id) => api.get(path, { ...params, id }, signal))
        : api.get(path, params, signal),
    );
    let result: unknown;
    if (chart.ask) {
      result = await chart.ask(round, chart.options, get);
    } else {
      result = await get(chart.path, await chart.params(round, chart.options));
      if (!chart.accepts(result)) return;
    }
    if (signal.aborted) return;
    const { state: view, span, filter } = round;
    this.#answered.add(kind);
    this.#byKind = { ...this.#byKind, [kind]: { view, span, filter, result } };
  }

  moreRows(): void {
    this.rows = Math.min(ROWS.most, this.rows + ROWS.more);
  }

  get canShowMore(): boolean {
    return this.rows < ROWS.most && (this.of("flows")?.result.rows.length ?? 0) >= this.rows;
  }

  #faultOf(filter: string): FilterFault | null {
    try {
      parseFilter(filter);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      return { filter, message: error.message, position: error.position };
    }
    return this.#refused.get(filter) ?? null;
  }

  /** Notes a filter that only the server found wrong: the next round is asked without it. */
  #refuse(filter: string, reason: unknown): boolean {
    if (!(reason instanceof ClientError && reason.code === "bad-filter") || filter === "") return false;
    if (this.#refused.size >= MAX_REFUSED) this.#refused.clear();
    this.#refused.set(filter, { filter, message: reason.message, position: reason.position });
    this.applied = "";
    return true;
  }

  #settle(reason: unknown): void {
    if (reason === undefined) {
      this.pending = false;
      this.failure = null;
      this.answeredMs = Date.now();
    } else {
      // A view that was asked for and not answered stays pending: what is shown is still the old one.
      const text = reason instanceof Error ? reason.message : String(reason);
      this.failure = reason instanceof ClientError && reason.code === "unreachable" ? t.noAnswer : sentence(text);
    }
  }
}

export const answers = new Answers();

function roundOf(of: Pick<Round, "state" | "params" | "filter" | "rows">, signal: AbortSignal): Round {
  const nowMs = Date.now();
  const window = resolveWindow(of.state, nowMs);
  const span = spanOf(window, narrow.matches ? MOST_BINS.narrow : MOST_BINS.wide);
  const known = new Map<string, Promise<Coverage>>();
  const coverage = (asked = span): Promise<Coverage> => {
    const key = `${asked.from} ${asked.to} ${asked.stepMs}`;
    const found = known.get(key) ?? askCoverage(asked, nowMs, signal);
    known.set(key, found);
    return found;
  };
  return { ...of, nowMs, window, span, coverage };
}

/** An unfiltered series of everything. Its bins tell when something was recorded. */
async function askCoverage(span: Span, nowMs: number, signal: AbortSignal): Promise<Coverage> {
  const { from, to, stepMs } = span;
  const result = await api.get("/query", { from, to, step: stepMs / 1000, metric: "packets", top: 1 }, signal);
  const recorded = result.rows.map((row) => Date.parse(String(row["time"])));
  const { unsettledFrom, completeness } = result;
  const arrivedMs = nowMs - SETTLE_MS;
  const settledMs = unsettledFrom ? Date.parse(unsettledFrom) : arrivedMs;
  return coverageOf(span, recorded, settledMs, arrivedMs, lossesOf(completeness, span));
}

/** The engine has at least so much time for others as a page's last round took of it. */
const REST = 4;

/**
 * Time between two rounds: a bin of the whole range, but between 2 and 15 s, and longer after a round that took long;
 * null if the answer cannot change.
 */
export function refreshMs(state: ViewState, tookMs: number): number | null {
  const nowMs = Date.now();
  const { fromMs, toMs } = resolveWindow(state, nowMs);
  if (!isMoving(state) && toMs < nowMs - 3_600_000) return null;
  return Math.max(REST * tookMs, Math.min(15_000, Math.max(2000, (toMs - fromMs) / MOST_BINS.wide)));
}
