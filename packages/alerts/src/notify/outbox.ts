import type { Log } from "@ngflow/base";
import type { Channel } from "./channel.ts";
import type { Notice } from "./notice.ts";

/** Most notices that wait; the oldest gives way to a newer one. */
export const MOST_WAITING = 1000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 300_000;
/** A notice that could not be sent for so long is given up. */
const GIVE_UP_MS = 86_400_000;
/** After so many tries, later notices of the channel go first. */
const IN_ORDER_TRIES = 5;

/** A notice that waits. */
export interface Waiting {
  readonly notice: Notice;
  readonly tries: number;
  /** Not before this time, Unix milliseconds. */
  readonly nextMs: number;
}

/** What happened to notices since the start. */
export interface OutboxCounters {
  sent: number;
  /** Tries that failed, and are made again. */
  failedTries: number;
  /** Given up after a day, or for a channel that is gone. */
  givenUp: number;
  /** Dropped because too many waited. */
  dropped: number;
}

export interface OutboxDeps {
  /** Where is sent, as it is now. */
  readonly channels: () => Readonly<Record<string, Channel>>;
  readonly send: (channel: Channel, notice: Notice, signal?: AbortSignal) => Promise<void>;
  /** Called when the waiting ones are others: they are kept for the next start. */
  readonly keep: () => void;
  readonly log: Log;
  readonly nowMs: () => number;
}

/**
 * Notices that are not sent yet. Each channel gets its own one after the other, oldest first; one that fails waits
 * longer each time. A notice is sent at least once: after a crash the last one may be sent again, with the same id.
 */
export class Outbox {
  readonly counters: OutboxCounters = { sent: 0, failedTries: 0, givenUp: 0, dropped: 0 };
  /** The last failure of each channel, until it works again. */
  readonly failures = new Map<string, string>();
  readonly #deps: OutboxDeps;
  readonly #ending = new AbortController();
  readonly #busy = new Map<string, Promise<void>>();
  #waiting: Waiting[];

  constructor(deps: OutboxDeps, waiting: readonly Waiting[] = []) {
    this.#deps = deps;
    this.#waiting = waiting.slice(-MOST_WAITING);
  }

  get waiting(): readonly Waiting[] {
    return this.#waiting;
  }

  /** Replaces what waits by that of another server. */
  replace(waiting: readonly Waiting[]): void {
    this.#waiting = waiting.slice(-MOST_WAITING);
  }

  /** Takes a notice; `work` sends it. */
  add(notice: Notice): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#waiting.shift();
      this.counters.dropped++;
    }
    this.#waiting.push({ notice, tries: 0, nextMs: 0 });
  }

  /** Starts to send what is due. Resolves when nothing is under way. */
  async work(): Promise<void> {
    for (const channel of new Set(this.#waiting.map(({ notice }) => notice.channel))) {
      if (this.#busy.has(channel)) continue;
      this.#busy.set(
        channel,
        this.#drain(channel).finally(() => this.#busy.delete(channel)),
      );
    }
    await Promise.all(this.#busy.values());
  }

  /** Sends what is due of a channel, one after the other, up to the first failure. */
  async #drain(channel: string): Promise<void> {
    for (let next = this.#dueOf(channel); next !== undefined; next = this.#dueOf(channel)) {
      if (!(await this.#send(next))) return;
    }
  }

  /** In order, but one that is never taken does not hold up the others for long. */
  #dueOf(channel: string): Waiting | undefined {
    const nowMs = this.#deps.nowMs();
    for (const waiting of this.#waiting) {
      if (waiting.notice.channel !== channel) continue;
      if (waiting.nextMs <= nowMs) return waiting;
      if (waiting.tries < IN_ORDER_TRIES) return undefined;
    }
    return undefined;
  }

  /** Ends what is under way; what was not sent waits for the next start. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled(this.#busy.values());
  }

  /** Resolves to whether it was taken. */
  async #send(waiting: Waiting): Promise<boolean> {
    const { notice } = waiting;
    const { nowMs, log } = this.#deps;
    const channels = this.#deps.channels();
    const channel = Object.hasOwn(channels, notice.channel) ? channels[notice.channel] : undefined;
    try {
      if (channel === undefined) this.counters.givenUp++;
      else {
        await this.#deps.send(channel, notice, this.#ending.signal);
        this.counters.sent++;
        this.failures.delete(notice.channel);
      }
      this.#replace(waiting, null);
      return true;
    } catch (error) {
      if (this.#ending.signal.aborted) return false;
      const reason = (error as Error).message;
      if (!this.failures.has(notice.channel)) log.warn({ channel: notice.channel, reason }, "alerts cannot be sent");
      this.failures.set(notice.channel, reason);
      this.counters.failedTries++;
      const isOver = nowMs() - notice.madeMs > GIVE_UP_MS;
      if (isOver) this.counters.givenUp++;
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** waiting.tries);
      this.#replace(waiting, isOver ? null : { notice, tries: waiting.tries + 1, nextMs: nowMs() + waitMs });
      return false;
    }
  }

  #replace(before: Waiting, after: Waiting | null): void {
    const at = this.#waiting.indexOf(before);
    if (at < 0) return;
    this.#waiting.splice(at, 1, ...(after === null ? [] : [after]));
    this.#deps.keep();
  }
}
