import { setTimeout as sleep } from "node:timers/promises";

/** At what pace datagrams are sent. */
export interface ReplayPace {
  /** Times their own pace; Infinity for as fast as possible. Ignored if there is a rate. */
  readonly speed: number;
  /** Datagrams every second. */
  readonly rate: number | undefined;
}

/** Waits until what has a time of its own is due. It begins with the first. */
export class Pacer {
  readonly #pace: ReplayPace;
  readonly #stopped: Promise<unknown>;
  readonly #began = performance.now();
  #firstMs: number | undefined;
  #isStopped = false;

  /** @param stopped resolves when the replay shall end */
  constructor(pace: ReplayPace, stopped: Promise<unknown>) {
    this.#pace = pace;
    this.#stopped = stopped;
    void stopped.then(() => (this.#isStopped = true));
  }

  /**
   * Resolves when a datagram is due; to false when the replay shall end.
   * @param timeMs its own time, Unix milliseconds
   * @param before datagrams that were sent before it
   */
  async due(timeMs: number, before: number): Promise<boolean> {
    const { speed, rate } = this.#pace;
    this.#firstMs ??= timeMs;
    const ownMs = speed === Infinity ? 0 : (timeMs - this.#firstMs) / speed;
    const dueMs = rate === undefined ? ownMs : (before * 1000) / rate;
    for (;;) {
      const waitMs = this.#began + dueMs - performance.now();
      if (this.#isStopped || waitMs <= 0) return !this.#isStopped;
      await Promise.race([sleep(Math.min(1000, Math.max(1, waitMs))), this.#stopped]);
    }
  }
}
