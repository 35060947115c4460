const DAY_MS = 86_400_000;
/** A clock that differs by more from what was expected has jumped. */
const JUMP_MS = DAY_MS;
/** A clock that jumped is believed after it went on evenly for this long. */
const CONFIRM_MS = 3_600_000;

/**
 * Decides whether the wall clock can be believed. It is compared with the last time that was believed, also that of an
 * earlier process, and with a clock that only goes forward. After a jump of more than a day it is not believed until it
 * has run evenly for an hour. All times are milliseconds; `wallMs` is Unix time, `steadyMs` has any origin.
 */
export class ClockGuard {
  #believed: { readonly wallMs: number; readonly steadyMs: number };
  #jumped: { readonly wallMs: number; readonly steadyMs: number } | undefined;
  #jumps = 0;

  /** `lastMs` is the last believed time of an earlier process. */
  constructor(lastMs: number, steadyMs: number) {
    this.#believed = { wallMs: lastMs, steadyMs };
  }

  /** Whether the clock is believed. Call it regularly. */
  check(wallMs: number, steadyMs: number): boolean {
    const now = { wallMs, steadyMs };
    const even = (since: { wallMs: number; steadyMs: number }): boolean =>
      Math.abs(wallMs - since.wallMs - (steadyMs - since.steadyMs)) <= JUMP_MS;
    if (
      even(this.#believed) ||
      (this.#jumped && even(this.#jumped) && steadyMs - this.#jumped.steadyMs >= CONFIRM_MS)
    ) {
      this.#believed = now;
      this.#jumped = undefined;
    } else if (!this.#jumped || !even(this.#jumped)) {
      this.#jumped = now;
      this.#jumps++;
    }
    return !this.#jumped;
  }

  /** Unix milliseconds by the clock if it is believed, else by the last believed time and the time since. */
  believedMs(steadyMs: number): number {
    return this.#believed.wallMs + (steadyMs - this.#believed.steadyMs);
  }

  /** Jumps since start. */
  get jumps(): number {
    return this.#jumps;
  }
}
