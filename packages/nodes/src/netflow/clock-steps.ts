/** Smaller differences may be a clock that runs fast, or a late call. */
const STEP_MS = 60_000;

/** Notices that the system's clock was set, by comparing it with the monotonic clock. */
export class ClockSteps {
  /** Steps so far, forward and back. */
  count = 0;
  /** The clock minus the monotonic clock at the last call. */
  #aheadMs = Number.NaN;

  /** Returns how many milliseconds the clock was set forward (above 0) or back since the last call; 0 if it was not. */
  observe(nowMs: number, monotonicMs: number): number {
    const aheadMs = nowMs - monotonicMs;
    const stepMs = aheadMs - this.#aheadMs;
    this.#aheadMs = aheadMs;
    if (!(Math.abs(stepMs) > STEP_MS)) return 0;
    this.count++;
    return stepMs;
  }
}
