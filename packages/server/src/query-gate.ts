import { ApiError, fromReaderError } from "./errors.ts";

export interface QueryGateConfig {
  readonly maxRunning: number;
  readonly maxWaiting: number;
  readonly timeoutMs: number;
}

/** Counters of a QueryGate. */
export interface QueryGateCounters {
  started: number;
  failed: number;
  refused: number;
  timedOut: number;
}

/** Something that may reject until it is cancelled. */
interface Cancellable {
  readonly promise: Promise<never>;
  readonly cancel: () => void;
}

function departureOf(signal: AbortSignal | undefined): Cancellable {
  let gone = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    gone = () => reject(new ApiError("client-gone", "client disconnected"));
  });
  promise.catch(() => {});
  if (signal?.aborted) gone();
  signal?.addEventListener("abort", gone);
  return { promise, cancel: () => signal?.removeEventListener("abort", gone) };
}

/**
 * Limits the work of the flow reader. A number of queries run, a number wait in order, the rest are refused. A caller
 * gets an answer after the timeout at the latest. The turn of its query ends only when the reader is done, so that
 * abandoned queries cannot pile up in the store.
 */
export class QueryGate {
  readonly counters: QueryGateCounters = { started: 0, failed: 0, refused: 0, timedOut: 0 };
  readonly #config: QueryGateConfig;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(config: QueryGateConfig) {
    this.#config = config;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Runs `work` when it is its turn. A caller that disconnects (`signal`) while it waits loses its turn.
   *
   * @throws ApiError `too-many-queries`, `query-timeout`, `client-gone`, or what the reader's failure means.
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.#enter();
    const timeout = this.#timeout();
    const departure = departureOf(signal);
    try {
      await Promise.race([turn.ready, timeout.promise, departure.promise]);
      this.counters.started++;
      const answer = (async () => await work())().finally(() => this.#release());
      answer.catch(() => {});
      return await Promise.race([answer, timeout.promise]);
    } catch (error) {
      if (!(error instanceof ApiError)) this.counters.failed++;
      throw fromReaderError(error);
    } finally {
      turn.leave();
      timeout.cancel();
      departure.cancel();
    }
  }

  #timeout(): Cancellable {
    const { timeoutMs } = this.#config;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const promise = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.counters.timedOut++;
        const within = `within ${timeoutMs / 1000} s`;
        reject(new ApiError("query-timeout", `no answer ${within}; ask for a shorter range or fewer groups`));
      }, timeoutMs);
    });
    promise.catch(() => {});
    return { promise, cancel: () => clearTimeout(timer) };
  }

  /** A turn: `ready` resolves when it comes, `leave` cancels it before that. */
  #enter(): { ready: Promise<void>; leave: () => void } {
    if (this.#running < this.#config.maxRunning) {
      this.#running++;
      return { ready: Promise.resolve(), leave: () => {} };
    }
    if (this.#waiting.length >= this.#config.maxWaiting) {
      this.counters.refused++;
      throw new ApiError("too-many-queries", `${this.#waiting.length} queries are waiting already; try again shortly`);
    }
    let admit = (): void => {};
    const ready = new Promise<void>((resolve) => {
      admit = resolve;
    });
    this.#waiting.push(admit);
    const leave = (): void => {
      const at = this.#waiting.indexOf(admit);
      if (at >= 0) this.#waiting.splice(at, 1);
    };
    return { ready, leave };
  }

  /** Starts the next query in line, which then counts as running. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }
}
