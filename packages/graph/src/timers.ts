interface Timer {
  readonly intervalMs: number;
  readonly task: (nowMs: number) => void;
  dueMs: number;
  /** Order of creation, which decides between timers due at the same moment. */
  readonly sequence: number;
  cancelled: boolean;
}

/**
 * Repeating timers on an outside clock, the counterpart of the kernel's callouts. Times are Unix milliseconds; a clock set
 * back moves the deadlines along with it, and runs missed in a jump forward are not made up.
 */
export class Timers {
  private readonly timers = new Set<Timer>();
  private lastNowMs = Number.NEGATIVE_INFINITY;
  private sequence = 0;

  /** Calls `task` every `intervalMs`, first one interval after `nowMs`, until the returned function is called. */
  every(nowMs: number, intervalMs: number, task: (nowMs: number) => void): () => void {
    this.observe(nowMs);
    const timer: Timer = { intervalMs, task, dueMs: nowMs + intervalMs, sequence: this.sequence++, cancelled: false };
    this.timers.add(timer);
    return () => {
      timer.cancelled = true;
      this.timers.delete(timer);
    };
  }

  /** Runs what is due, earliest first, each timer once. Returns the milliseconds to the next one, Infinity if none. */
  tick(nowMs: number): number {
    this.observe(nowMs);
    const due = [...this.timers].filter((timer) => timer.dueMs <= nowMs);
    due.sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence);
    for (const timer of due) {
      if (timer.cancelled) continue;
      timer.dueMs += timer.intervalMs;
      if (timer.dueMs <= nowMs) timer.dueMs = nowMs + timer.intervalMs;
      timer.task(nowMs);
    }
    let next = Number.POSITIVE_INFINITY;
    for (const timer of this.timers) next = Math.min(next, timer.dueMs - nowMs);
    return Math.max(0, next);
  }

  private observe(nowMs: number): void {
    const back = this.lastNowMs - nowMs;
    if (back > 0 && Number.isFinite(back)) for (const timer of this.timers) timer.dueMs -= back;
    this.lastNowMs = nowMs;
  }
}
