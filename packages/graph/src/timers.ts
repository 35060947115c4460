/** What a timer calls. It may return the milliseconds until it wants to be called next, instead of its interval. */
export type TimerTask = (nowMs: number) => number | void;

interface Timer {
  readonly intervalMs: number;
  readonly task: TimerTask;
  dueMs: number;
  /** Order of creation, which decides between timers due at the same moment. */
  readonly sequence: number;
  cancelled: boolean;
}

/**
 * Repeating timers on an outside clock, the counterpart of the kernel's callouts. Times are Unix milliseconds; a clock
 * set back moves the deadlines along with it, and runs missed in a jump forward are not made up.
 */
export class Timers {
  readonly #timers = new Set<Timer>();
  readonly #onEarlier: (inMs: number) => void;
  #lastNowMs = Number.NEGATIVE_INFINITY;
  #sequence = 0;
  /** The earliest deadline that the caller of `tick` knows of. */
  #promisedMs = Number.NEGATIVE_INFINITY;

  /** @param onEarlier called when a timer is due before the time that `tick` has returned. */
  constructor(onEarlier: (inMs: number) => void = () => {}) {
    this.#onEarlier = onEarlier;
  }

  /** Calls `task` every `intervalMs`, first one interval after `nowMs`, until the returned function is called. */
  every(nowMs: number, intervalMs: number, task: TimerTask): () => void {
    this.#observe(nowMs);
    const timer: Timer = { intervalMs, task, dueMs: nowMs + intervalMs, sequence: this.#sequence++, cancelled: false };
    this.#timers.add(timer);
    if (timer.dueMs < this.#promisedMs) {
      this.#promisedMs = timer.dueMs;
      this.#onEarlier(intervalMs);
    }
    return () => {
      timer.cancelled = true;
      this.#timers.delete(timer);
    };
  }

  /** Runs what is due, earliest first, each timer once. Returns the milliseconds to the next one, Infinity if none. */
  tick(nowMs: number): number {
    this.#observe(nowMs);
    // What starts while this runs is part of what it returns.
    this.#promisedMs = Number.NEGATIVE_INFINITY;
    const due = [...this.#timers].filter((timer) => timer.dueMs <= nowMs);
    due.sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence);
    for (const timer of due) {
      if (timer.cancelled) continue;
      const before = timer.dueMs;
      const wanted = timer.task(nowMs) ?? timer.intervalMs;
      timer.dueMs = before + wanted;
      if (timer.dueMs <= nowMs) timer.dueMs = nowMs + wanted;
    }
    this.#promisedMs = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#timers) this.#promisedMs = Math.min(this.#promisedMs, dueMs);
    return Math.max(0, this.#promisedMs - nowMs);
  }

  #observe(nowMs: number): void {
    const back = this.#lastNowMs - nowMs;
    if (back > 0 && Number.isFinite(back)) for (const timer of this.#timers) timer.dueMs -= back;
    this.#lastNowMs = nowMs;
  }
}
