import { FilterError, parseFilter } from "@ngflow/flows";
import { ClientError, type FlowsResult, type QueryResult } from "@ngflow/server/client";
import { talkersChart } from "../charts/talkers/chart.ts";
import { trafficChart } from "../charts/traffic/chart.ts";
import { api } from "./api.ts";
import { type Span, spanOf } from "./span.ts";
import { RANGES, type RangeName, type ViewState } from "./url-state.ts";

/** An answer with the view it was asked for: a panel never mixes old rows with new dimensions. */
export interface Answer<T> {
  readonly view: ViewState;
  readonly result: T;
}

/** A filter the server could not read. */
export interface FilterFault {
  readonly filter: string;
  readonly message: string;
  readonly position: number | null;
}

const narrow = matchMedia("(max-width: 700px)");

function maxBins(): number {
  return narrow.matches ? trafficChart.options.maxBinsNarrow : trafficChart.options.maxBins;
}

/** How long the time of the first record is taken for granted while it is inside the range. */
const FIRST_KEPT_MS = 30_000;

/** What is wrong with a filter; null when it parses. */
function faultOf(filter: string): FilterFault | null {
  try {
    parseFilter(filter);
    return null;
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return { filter, message: error.message, position: error.position };
  }
}

/** Rows asked for at first, and added by each "more". */
const FLOWS_PAGE = 100;
const FLOWS_MOST = 2000;

/** What the store says about the view, asked again and again. Old answers stay until new ones are there. */
class Answers {
  traffic = $state.raw<Answer<QueryResult> | null>(null);
  talkers = $state.raw<Answer<QueryResult> | null>(null);
  flows = $state.raw<Answer<FlowsResult> | null>(null);
  filterFault = $state.raw<FilterFault | null>(null);
  /** What went wrong last, other than the filter; null when the last round was answered. */
  failure = $state<string | null>(null);
  /** The view changed and its answers are not here yet. */
  pending = $state(false);
  flowsLimit = $state(FLOWS_PAGE);
  #abort: AbortController | null = null;
  readonly #first = new Map<RangeName, { readonly ms: number; readonly askedMs: number }>();

  /** Asks everything for a view; a round still under way is given up. */
  async ask(view: ViewState): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const { signal } = abort;
    const fault = faultOf(view.filter);
    if (fault) {
      this.filterFault = fault;
      this.pending = false;
      return;
    }
    const firstMs = await this.#firstRecordMs(view.range, signal).catch(() => null);
    if (signal.aborted) return;
    const { from, to, stepMs } = spanOf(RANGES[view.range], Date.now(), firstMs, maxBins());
    const { metric, filter } = view;
    const totals = { from, to, metric, filter };
    const keep =
      <T>(set: (answer: Answer<T>) => void) =>
      (result: T): void => {
        if (!signal.aborted) set({ view, result });
      };
    const rounds = await Promise.allSettled([
      api
        .get("/query", { ...totals, by: [view.by], step: stepMs / 1000, top: trafficChart.options.top }, signal)
        .then(keep((answer) => (this.traffic = answer))),
      api
        .get("/query", { ...totals, by: view.talkers, top: talkersChart.options.top }, signal)
        .then(keep((answer) => (this.talkers = answer))),
      api
        .get("/flows", { from, to: Date.now() + 1000, filter, limit: this.flowsLimit }, signal)
        .then(keep((answer) => (this.flows = answer))),
    ]);
    if (signal.aborted) return;
    this.pending = false;
    const failed = rounds.find((round) => round.status === "rejected");
    this.#settle(filter, failed?.reason);
  }

  moreFlows(): void {
    this.flowsLimit = Math.min(FLOWS_MOST, this.flowsLimit + 2 * FLOWS_PAGE);
  }

  get canShowMore(): boolean {
    return this.flowsLimit < FLOWS_MOST && (this.flows?.result.rows.length ?? 0) >= this.flowsLimit;
  }

  resetFlows(): void {
    this.flowsLimit = FLOWS_PAGE;
  }

  /** Start of the first bin of a range in which anything is stored, whatever the filter; null when nothing is. */
  async #firstRecordMs(range: RangeName, signal: AbortSignal): Promise<number | null> {
    const now = Date.now();
    const known = this.#first.get(range);
    if (known && (known.ms <= now - RANGES[range] || now - known.askedMs < FIRST_KEPT_MS)) return known.ms;
    const { from, to, stepMs }: Span = spanOf(RANGES[range], now, null, trafficChart.options.maxBins);
    const { rows } = await api.get("/query", { from, to, step: stepMs / 1000, metric: "flows", top: 1 }, signal);
    const ms = rows.reduce((least, row) => Math.min(least, Date.parse(String(row["time"]))), Number.POSITIVE_INFINITY);
    if (!Number.isFinite(ms)) return null;
    this.#first.set(range, { ms, askedMs: now });
    return ms;
  }

  #settle(filter: string, reason: unknown): void {
    if (reason === undefined) {
      this.filterFault = null;
      this.failure = null;
    } else if (reason instanceof ClientError && reason.code === "bad-filter") {
      this.filterFault = { filter, message: reason.message, position: reason.position };
      this.failure = null;
    } else {
      this.failure = reason instanceof Error ? reason.message : String(reason);
    }
  }
}

export const answers = new Answers();

/** Time between two rounds: a bin of the whole range, but between 2 and 15 s. */
export function refreshMs(view: ViewState): number {
  return Math.min(15_000, Math.max(2000, RANGES[view.range] / trafficChart.options.maxBins));
}
