import type { Graph } from "@ngflow/graph";

/**
 * Timers due within this many milliseconds of each other share one wake-up of the thread, which may cost more than they
 * do.
 */
const GRID_MS = 50;
/** Shorter intervals are not rounded. */
const EXACT_MS = 10;
/** The clock may be changed, so it is read this often even if nothing is due. */
const LONGEST_MS = 1000;

/** Milliseconds to sleep at `nowMs` until a timer that is due `inMs` from then. */
export function sleepMs(nowMs: number, inMs: number): number {
  if (inMs <= EXACT_MS) return Math.max(1, inMs);
  if (inMs >= LONGEST_MS) return LONGEST_MS;
  const late = GRID_MS - 1 - ((nowMs + inMs - 1) % GRID_MS);
  return Math.min(inMs + late, LONGEST_MS);
}

/** Runs a graph's timers when they are due, and sleeps in between. */
export class TimerPace {
  readonly #nowMs: () => number;
  #tick: (nowMs: number) => number = () => LONGEST_MS;
  #timeout: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The graph's `onEarlierTimer`. */
  readonly earlier = (inMs: number): void => this.#sleep(inMs);

  start(graph: Graph): void {
    this.#tick = (nowMs) => graph.tick(nowMs);
    this.#run();
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timeout);
  }

  readonly #run = (): void => this.#sleep(this.#tick(this.#nowMs()));

  #sleep(inMs: number): void {
    clearTimeout(this.#timeout);
    if (!this.#ended) this.#timeout = setTimeout(this.#run, sleepMs(this.#nowMs(), inMs));
  }
}
