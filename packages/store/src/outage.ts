import type { Log } from "@ngflow/base";

/** How often a condition that lasts is logged again. */
const EVERY_MS = 60_000;

/** What is logged of a condition. */
export interface OutageTexts {
  /** When it starts. */
  readonly started: string;
  /** Once a minute while it lasts. */
  readonly lasts: string;
  /** When it has ended. */
  readonly ended: string;
}

/**
 * Logs a condition that may last: a warning at its first occurrence, one a minute with the totals while it occurs
 * again, and a line when it has ended. `rows` of a log line is the number of rows since it started.
 */
export class Outage {
  readonly #log: Log;
  readonly #texts: OutageTexts;
  #rows = 0;
  #times = 0;
  #startedMs = 0;
  #loggedMs = 0;

  constructor(log: Log, texts: OutageTexts) {
    this.#log = log;
    this.#texts = texts;
  }

  get lasts(): boolean {
    return this.#times > 0;
  }

  /** It occurred again. `nowMs` is Unix milliseconds; `facts` are logged too. */
  occurred(nowMs: number, rows: number, facts: object): void {
    const first = this.#times === 0;
    if (first) this.#startedMs = nowMs;
    this.#times++;
    this.#rows += rows;
    // A clock that was set back must not silence the log.
    if (!first && nowMs - this.#loggedMs < EVERY_MS && nowMs >= this.#loggedMs) return;
    this.#loggedMs = nowMs;
    this.#log.warn({ ...facts, ...this.#totals(nowMs) }, first ? this.#texts.started : this.#texts.lasts);
  }

  /** It does not occur any more. Nothing happens if it did not occur before. */
  end(nowMs: number): void {
    if (this.#times === 0) return;
    this.#log.info(this.#totals(nowMs), this.#texts.ended);
    this.#times = 0;
    this.#rows = 0;
  }

  #totals(nowMs: number): object {
    return { rows: this.#rows, times: this.#times, seconds: Math.round((nowMs - this.#startedMs) / 1000) };
  }
}
