import { ApiError, fromReaderError } from "../errors.ts";

export interface QueryGateConfig {
  /** Queries that the store works on at once. */
  readonly maxRunning: number;
  readonly maxWaiting: number;
  /** Longest time until an answer is there, waiting included. */
  readonly timeoutMs: number;
  /** Most bytes of answers that are running or not sent yet. */
  readonly maxBytes: number;
  /** An unsent answer that made no progress for so long gives way to a query that waits for room. */
  readonly stalledMs: number;
}

/** Counters of a QueryGate. */
export interface QueryGateCounters {
  started: number;
  failed: number;
  refused: number;
  timedOut: number;
  /** Callers that left before their answer was there. */
  left: number;
  /** Answers that were cut because their caller did not read them and others waited. */
  cut: number;
}

/** What a query is about to cost. */
export interface QueryCost {
  /** Rows that the answer has at most. */
  readonly rows: number;
  /** Aborts when the caller leaves. */
  readonly signal?: AbortSignal | undefined;
}

/** An answer, and the room that it takes until `release` is called. */
export interface HeldAnswer<T> {
  readonly answer: T;
  /** The caller took a part of the answer. */
  progress(): void;
  /** Called when the answer has to give way. */
  onCut(cut: () => void): void;
  /** Gives the room back. Safe to call twice. */
  release(): void;
}

/** Room that an answer takes: what it may need while it runs, then what it has. */
interface Room {
  bytes: number;
  /** When its caller last took something; null while it runs. */
  progressMs: number | null;
  cut: () => void;
}

interface Turn {
  readonly bytes: number;
  readonly admit: (room: Room) => void;
}

/** Bytes that the row of an answer may take in the store, nearly: a query with a few dimensions has half of that. */
const ROW_BYTES = 350;
/** How often a query that waits for room looks for answers that stopped. */
const LOOK_EVERY_MS = 250;

/**
 * Bounds the work of the flow reader and the memory of its answers. A number of queries run, a number wait in order,
 * the rest are refused. A query also waits while the answers that others have not read take too much memory; then the
 * answer that made no progress for longest is cut. The turn of a query ends only when the reader is done, so that
 * abandoned queries cannot pile up in the store; the reader ends it early when the caller leaves.
 */
export class QueryGate {
  readonly counters: QueryGateCounters = { started: 0, failed: 0, refused: 0, timedOut: 0, left: 0, cut: 0 };
  readonly #config: QueryGateConfig;
  readonly #nowMs: () => number;
  readonly #waiting: Turn[] = [];
  readonly #rooms = new Set<Room>();
  #running = 0;
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `nowMs`: a clock that never goes back. */
  constructor(config: QueryGateConfig, nowMs: () => number = () => performance.now()) {
    this.#config = config;
    this.#nowMs = nowMs;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Bytes of the answers that are running or not sent yet. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Runs `work` when it is its turn. Its signal aborts when the caller leaves or the time is over.
   *
   * @throws ApiError `too-many-queries`, `query-timeout`, `client-gone`, or what the reader's failure means.
   */
  async run<T extends { readonly bytes: number }>(
    { rows, signal }: QueryCost,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<HeldAnswer<T>> {
    const ending = new AbortController();
    const end = (error: ApiError): void => ending.abort(error);
    const onLeave = (): void => {
      this.counters.left++;
      end(new ApiError("client-gone", "client disconnected"));
    };
    let started = false;
    const timer = setTimeout(() => {
      this.counters.timedOut++;
      end(this.#tooLate(started));
    }, this.#config.timeoutMs);
    if (signal?.aborted) onLeave();
    else signal?.addEventListener("abort", onLeave, { once: true });
    try {
      const room = await this.#enter(rows * ROW_BYTES, ending.signal);
      started = true;
      this.counters.started++;
      return await this.#work(room, work, ending.signal);
    } catch (error) {
      if (!(error instanceof ApiError)) this.counters.failed++;
      throw fromReaderError(error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onLeave);
    }
  }

  async #work<T extends { readonly bytes: number }>(
    room: Room,
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<HeldAnswer<T>> {
    const done = (async () => await work(signal))();
    const settled = done.then(
      (answer) => {
        this.#running--;
        this.#bytes += answer.bytes - room.bytes;
        room.bytes = answer.bytes;
        room.progressMs = this.#nowMs();
        if (signal.aborted) this.#free(room);
        this.#admit();
        return answer;
      },
      (error: unknown) => {
        this.#running--;
        this.#free(room);
        throw signal.aborted ? signal.reason : error;
      },
    );
    const answer = await before(settled, signal);
    return {
      answer,
      progress: () => (room.progressMs = this.#nowMs()),
      onCut: (cut) => (room.cut = cut),
      release: () => this.#free(room),
    };
  }

  /** Room and a turn, in the order of the calls. */
  async #enter(bytes: number, signal: AbortSignal): Promise<Room> {
    signal.throwIfAborted();
    if (this.#waiting.length === 0 && this.#fits(bytes)) return this.#take(bytes);
    if (this.#waiting.length >= this.#config.maxWaiting) {
      this.counters.refused++;
      throw new ApiError("too-many-queries", `${this.#waiting.length} queries are waiting already; try again shortly`);
    }
    let turn: Turn;
    const admitted = new Promise<Room>((resolve) => {
      turn = { bytes, admit: resolve };
      this.#waiting.push(turn);
    });
    this.#admit();
    try {
      return await before(admitted, signal);
    } catch (error) {
      const at = this.#waiting.indexOf(turn!);
      if (at >= 0) this.#waiting.splice(at, 1);
      this.#admit();
      throw error;
    }
  }

  #fits(bytes: number): boolean {
    return (
      this.#running < this.#config.maxRunning && (this.#bytes === 0 || this.#bytes + bytes <= this.#config.maxBytes)
    );
  }

  #take(bytes: number): Room {
    const room: Room = { bytes, progressMs: null, cut: () => {} };
    this.#running++;
    this.#bytes += bytes;
    this.#rooms.add(room);
    return room;
  }

  #free(room: Room): void {
    if (!this.#rooms.delete(room)) return;
    this.#bytes -= room.bytes;
    this.#admit();
  }

  /** Starts the queries in line for which there is a turn and room, and makes room where answers stopped. */
  #admit(): void {
    clearTimeout(this.#timer);
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#running >= this.#config.maxRunning) return;
      if (this.#fits(next.bytes)) {
        this.#waiting.shift();
        next.admit(this.#take(next.bytes));
        continue;
      }
      const stalled = this.#stalled();
      if (stalled === undefined) {
        this.#timer = setTimeout(() => this.#admit(), LOOK_EVERY_MS);
        return;
      }
      this.counters.cut++;
      this.#rooms.delete(stalled);
      this.#bytes -= stalled.bytes;
      stalled.cut();
    }
  }

  /** The unsent answer that made no progress for longest. */
  #stalled(): Room | undefined {
    const limitMs = this.#nowMs() - this.#config.stalledMs;
    let oldest: Room | undefined;
    for (const room of this.#rooms) {
      if (room.progressMs === null || room.progressMs > limitMs) continue;
      if (oldest === undefined || room.progressMs < oldest.progressMs!) oldest = room;
    }
    return oldest;
  }

  #tooLate(started: boolean): ApiError {
    const within = `within ${this.#config.timeoutMs / 1000} s`;
    return started
      ? new ApiError("query-timeout", `no answer ${within}; ask for a shorter range or fewer groups`)
      : new ApiError("too-many-queries", `no turn ${within}, because other queries run; try again`);
  }
}

/** What a promise resolves to, unless the signal aborts before: then this rejects with its reason. */
function before<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
