import { FilterError, parseFilter } from "@ngflow/flows";
import { ClientError } from "@ngflow/server/client";
import { type AnswerOf, type AskedKind, type ChartKind, CHARTS, isAsked } from "../charts/index.ts";
import { api } from "./api.ts";
import { firstRecordMs } from "./first-record.ts";
import type { Round } from "./round.ts";
import { MOST_BINS, type Span, spanOf } from "./span.ts";
import { RANGES, type ViewState } from "./url-state.ts";

/** An answer with the state it was asked for: a chart never mixes old rows with new dimensions. */
export interface Answer<T> {
  readonly view: ViewState;
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

/** A chart's request, without the types that tie its parameters to its answer: those hold within its own row. */
interface AnyAsked {
  readonly path: "/query";
  readonly options: unknown;
  params(round: Round, options: unknown): object | Promise<object>;
  accepts(result: unknown): boolean;
}

/** The answers of the API to the charts that are shown, requested repeatedly. Old ones stay until new ones arrive. */
class Answers {
  #byKind = $state.raw<{ readonly [K in AskedKind]?: Answer<unknown> }>({});
  filterFault = $state.raw<FilterFault | null>(null);
  /** The last error other than one in the filter; null if the last round was answered. */
  failure = $state<string | null>(null);
  /** The view changed and its answers have not arrived yet. */
  pending = $state(false);
  rows = $state<number>(ROWS.first);
  #abort: AbortController | null = null;

  /** The last answer for a chart. */
  of<K extends AskedKind>(kind: K): Answer<AnswerOf<K>> | null {
    return (this.#byKind[kind] as Answer<AnswerOf<K>> | undefined) ?? null;
  }

  /** Requests only what the charts need. A round that is still running is cancelled. */
  async ask(kinds: readonly ChartKind[], state: ViewState): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const round = roundOf(state, this.rows, abort.signal);
    const asked = kinds.filter(isAsked);
    const outcomes = await Promise.allSettled(asked.map((kind) => this.#askOne(kind, round, abort.signal)));
    if (abort.signal.aborted) return;
    this.pending = false;
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    this.#settle(state.filter, failed?.reason);
  }

  async #askOne(kind: AskedKind, round: Round, signal: AbortSignal): Promise<void> {
    const chart = CHARTS[kind] as AnyAsked;
    const params = await chart.params(round, chart.options);
    const result = await api.get(chart.path, params, signal);
    if (signal.aborted || !chart.accepts(result)) return;
    this.#byKind = { ...this.#byKind, [kind]: { view: round.state, result } };
  }

  moreRows(): void {
    this.rows = Math.min(ROWS.most, this.rows + ROWS.more);
  }

  get canShowMore(): boolean {
    return this.rows < ROWS.most && (this.of("flows")?.result.rows.length ?? 0) >= this.rows;
  }

  #settle(filter: string, reason: unknown): void {
    if (reason === undefined) {
      this.filterFault = null;
      this.failure = null;
    } else if (reason instanceof FilterError || (reason instanceof ClientError && reason.code === "bad-filter")) {
      this.filterFault = { filter, message: reason.message, position: reason.position };
      this.failure = null;
    } else {
      this.failure = reason instanceof Error ? reason.message : String(reason);
    }
  }
}

export const answers = new Answers();

function roundOf(state: ViewState, rows: number, signal: AbortSignal): Round {
  const nowMs = Date.now();
  const ranged = async (): Promise<Span> => {
    const first = await firstRecordMs(state.range, nowMs, signal).catch(() => null);
    signal.throwIfAborted();
    return spanOf(RANGES[state.range], nowMs, first, narrow.matches ? MOST_BINS.narrow : MOST_BINS.wide);
  };
  let span: Promise<Span> | undefined;
  return {
    state,
    nowMs,
    rows,
    filter() {
      parseFilter(state.filter);
      return state.filter;
    },
    span: () => (span ??= ranged()),
  };
}

/** Time between two rounds: a bin of the whole range, but between 2 and 15 s. */
export function refreshMs(state: ViewState): number {
  return Math.min(15_000, Math.max(2000, RANGES[state.range] / MOST_BINS.wide));
}
