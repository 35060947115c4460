/** Smaller differences may be a clock that runs fast, or a late call. */
const STEP_MS = 60_000;

/**
 * Counts how often the system's clock was set forward. Flow times follow such a step by themselves, so it is only
 * counted. A clock that is set back is handled and counted by `Expiry`.
 */
export class ClockStepCounter {
  /** Steps forward so far. */
  count = 0;
  /** The clock minus the monotonic clock at the last call. */
  #aheadMs = Number.NaN;

  observe(nowMs: number, monotonicMs: number): void {
    const aheadMs = nowMs - monotonicMs;
    if (aheadMs - this.#aheadMs > STEP_MS) this.count++;
    this.#aheadMs = aheadMs;
  }
}
