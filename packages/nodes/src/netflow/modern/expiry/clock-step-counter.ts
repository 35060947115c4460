/** A clock that is set on by less than this may have run faster, or been looked at late. */
const STEP_MS = 60_000;

/** Notices that the clock was set on: time follows it without a word. Set back, it is `Expiry` that has to follow. */
export class ClockSettings {
  /** Times that it was set on. */
  count = 0;
  /** The clock less the one that nobody sets, when last looked at. */
  private aheadMs = Number.NaN;

  look(nowMs: number, monotonicMs: number): void {
    const aheadMs = nowMs - monotonicMs;
    if (aheadMs - this.aheadMs > STEP_MS) this.count++;
    this.aheadMs = aheadMs;
  }
}
