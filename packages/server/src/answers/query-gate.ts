import { ApiError, fromReaderError } from "../errors.ts";
import { AnswerRooms } from "./answer-rooms.ts";
import { type Caller, Callers, type Need, type Room, type Run, type Turn } from "./callers.ts";

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
  /** A query that has run for so long may have to give way: shorter ones end sooner than they are cancelled. */
  readonly shortMs: number;
}

/** Counters of a QueryGate. */
export interface QueryGateCounters {
  started: number;
  failed: number;
  refused: number;
  /** Times that a running query gave way, to begin again later. */
  gaveWay: number;
  timedOut: number;
  /** Callers that left before their answer was there. */
  left: number;
  /** Answers that were cut because their caller did not read them and others waited. */
  cut: number;
}

/** A query for the gate. */
export interface QueryCost {
  /** Who asks: callers share what there is. */
  readonly caller: string;
  /** Rows that the answer has at most. */
  readonly rows: number;
  /** The store may not be able to end it at once: one such query runs at a time, so that others have a place. */
  readonly uninterruptible?: boolean | undefined;
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

/** Bytes that the row of an answer may take in the store, nearly: a query with a few dimensions has half of that. */
const ROW_BYTES = 350;
/** How often it is looked, while queries wait, for what may give way. */
const LOOK_EVERY_MS = 250;

/**
 * Bounds the work of the flow reader and the memory of its answers, and shares both among callers. A number of queries
 * run, a number wait, the rest are refused. What a caller has as its only one is left to it; what it has in addition
 * gives way to a caller that has less (docs/decisions/0041-fair-queries.md):
 *
 * - Turns: next is the caller with the fewest queries running, then the one whose queries took least time; within a
 *   caller, in order. If one without a running query waits, and another has several, the newest of these is ended, and
 *   begins again at its turn. Of uninterruptible ones one runs at a time.
 * - Line: when it is full, the newest query of the caller with most is refused for a caller that has fewer by two.
 * - Room: a query waits while answers that are not read take too much memory. Then the answer that made no progress for
 *   longest is cut, or else one of the caller whose answers take most, if that is more than this one would take.
 *
 * The turn of a query ends only when the reader is done, so that abandoned queries cannot pile up in the store; the
 * reader ends it early when the caller leaves.
 */
export class QueryGate {
  readonly counters: QueryGateCounters = {
    started: 0,
    failed: 0,
    refused: 0,
    gaveWay: 0,
    timedOut: 0,
    left: 0,
    cut: 0,
  };
  readonly #config: QueryGateConfig;
  readonly #nowMs: () => number;
  readonly #callers = new Callers();
  readonly #rooms: AnswerRooms;
  #waiting = 0;
  #running = 0;
  /** Of those that run, the uninterruptible ones. */
  #uninterruptible = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `nowMs`: a clock that never goes back. */
  constructor(config: QueryGateConfig, nowMs: () => number = () => performance.now()) {
    this.#config = config;
    this.#nowMs = nowMs;
    this.#rooms = new AnswerRooms(config, this.#callers);
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Bytes of the answers that are running or not sent yet. */
  get bytes(): number {
    return this.#rooms.bytes;
  }

  /**
   * Runs `work` when it is its turn; again, if it had to give way. Its signal aborts when the caller leaves, the time
   * is over, or it gives way.
   *
   * @throws ApiError `too-many-queries`, `query-timeout`, `client-gone`, or what the reader's failure means.
   */
  async run<T extends { readonly bytes: number }>(
    { caller: key, rows, uninterruptible = false, signal }: QueryCost,
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
    const caller = this.#callers.of(key);
    caller.asking++;
    const need = { bytes: rows * ROW_BYTES, uninterruptible };
    try {
      let run = await this.#enter(caller, need, ending.signal);
      this.counters.started++;
      for (;;) {
        started = true;
        const held = await this.#work(run, work, ending.signal);
        if (held !== "gave way") return held;
        started = false;
        run = await this.#wait(caller, need, ending.signal, { first: true });
      }
    } catch (error) {
      if (!(error instanceof ApiError)) this.counters.failed++;
      throw fromReaderError(error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onLeave);
      caller.asking--;
      this.#callers.leave(caller);
    }
  }

  async #work<T extends { readonly bytes: number }>(
    run: Run,
    work: (signal: AbortSignal) => Promise<T>,
    ending: AbortSignal,
  ): Promise<HeldAnswer<T> | "gave way"> {
    const { room, stopping } = run;
    const { caller } = room;
    const stop = (): void => stopping.abort();
    if (ending.aborted) stop();
    ending.addEventListener("abort", stop, { once: true });
    const done = (async () => await work(stopping.signal))();
    const settled = done.then(
      (answer) => {
        this.#ended(caller, run);
        this.#rooms.fill(room, answer.bytes, this.#nowMs());
        if (ending.aborted) this.#rooms.free(room);
        this.#admit();
        return answer;
      },
      (error: unknown): "gave way" => {
        this.#ended(caller, run);
        this.#free(room);
        if (ending.aborted) throw ending.reason;
        if (stopping.signal.aborted) return "gave way";
        throw error;
      },
    );
    const answer = await before(settled, ending);
    if (answer === "gave way") return answer;
    return {
      answer,
      progress: () => (room.progressMs = this.#nowMs()),
      onCut: (cut) => (room.cut = cut),
      release: () => this.#free(room),
    };
  }

  /** Room and a turn. @throws ApiError `too-many-queries` when the line is full. */
  async #enter(caller: Caller, need: Need, signal: AbortSignal): Promise<Run> {
    signal.throwIfAborted();
    if (this.#waiting === 0 && this.#isFree && this.#mayBegin(need) && this.#rooms.fits(need.bytes))
      return this.#begin(caller, need);
    if (this.#waiting >= this.#config.maxWaiting) this.#refuseOne(caller);
    return this.#wait(caller, need, signal);
  }

  /** Waits for room and a turn; `first` of the caller's own queries. */
  async #wait(caller: Caller, need: Need, signal: AbortSignal, { first = false } = {}): Promise<Run> {
    let turn: Turn;
    const admitted = new Promise<Run>((resolve, reject) => {
      turn = { ...need, admit: resolve, refuse: reject };
      if (first) caller.waiting.unshift(turn);
      else caller.waiting.push(turn);
      this.#waiting++;
    });
    this.#admit();
    try {
      return await before(admitted, signal);
    } catch (error) {
      this.#leaveLine(caller, turn!);
      this.#admit();
      throw error;
    }
  }

  /** The line is full. @throws ApiError `too-many-queries` if no other caller has to make place. */
  #refuseOne(caller: Caller): void {
    this.counters.refused++;
    const most = this.#callers.most(({ waiting }) => waiting.length);
    const error = (of: Caller): ApiError =>
      new ApiError(
        "too-many-queries",
        `${this.#waiting} queries are waiting already, ${of.waiting.length} of them yours; try again shortly`,
      );
    if (most === undefined || most.waiting.length < caller.waiting.length + 2) throw error(caller);
    const newest = most.waiting.at(-1)!;
    const refusal = error(most);
    this.#leaveLine(most, newest);
    newest.refuse(refusal);
  }

  #leaveLine(caller: Caller, turn: Turn): void {
    const at = caller.waiting.indexOf(turn);
    if (at < 0) return;
    caller.waiting.splice(at, 1);
    this.#waiting--;
  }

  get #isFree(): boolean {
    return this.#running < this.#config.maxRunning;
  }

  #mayBegin({ uninterruptible }: Need): boolean {
    return !uninterruptible || this.#uninterruptible === 0;
  }

  #begin(caller: Caller, need: Need): Run {
    const room = this.#rooms.take(caller, need.bytes);
    if (need.uninterruptible) this.#uninterruptible++;
    const run: Run = { need, room, sinceMs: this.#nowMs(), stopping: new AbortController() };
    this.#running++;
    this.#callers.began(caller, run);
    return run;
  }

  #ended(caller: Caller, run: Run): void {
    this.#running--;
    if (run.need.uninterruptible) this.#uninterruptible--;
    this.#callers.ended(caller, run, this.#nowMs());
  }

  #free(room: Room): void {
    if (this.#rooms.free(room)) this.#admit();
  }

  /** Starts the queries in line for which there is a turn and room. While others wait, it looks again later. */
  #admit(): void {
    clearTimeout(this.#timer);
    while (this.#waiting > 0 && this.#admitOne());
    if (this.#waiting > 0) this.#timer = setTimeout(() => this.#admit(), LOOK_EVERY_MS);
  }

  /** False if nobody who waits can begin. A query that waits for room does not hold up those of other callers. */
  #admitOne(): boolean {
    for (const caller of this.#callers.inTurn()) {
      const turn = caller.waiting.find((each) => this.#mayBegin(each));
      if (turn === undefined) continue;
      if (!this.#isFree) {
        this.#makePlace(caller);
        return false;
      }
      if (!this.#makeRoom(caller, turn.bytes)) continue;
      this.#leaveLine(caller, turn);
      turn.admit(this.#begin(caller, turn));
      return true;
    }
    return false;
  }

  /** Ends one query of a caller that has several running, for a caller that has none. */
  #makePlace(caller: Caller): void {
    if (caller.running.length > 0) return;
    const most = this.#callers.most(({ running }) => running.length);
    if (most === undefined || most.running.length < 2) return;
    const interruptible = most.running.filter(({ need }) => !need.uninterruptible);
    if (interruptible.some(({ stopping }) => stopping.signal.aborted)) return;
    const newest = interruptible.at(-1);
    if (newest === undefined || this.#nowMs() - newest.sinceMs < this.#config.shortMs) return;
    this.counters.gaveWay++;
    newest.stopping.abort();
  }

  /** Whether there is room, if need be after answers were cut. */
  #makeRoom(caller: Caller, bytes: number): boolean {
    while (!this.#rooms.fits(bytes)) {
      const room = this.#rooms.givesWay(caller, bytes, this.#nowMs());
      if (room === undefined) return false;
      this.counters.cut++;
      this.#rooms.free(room);
      room.cut();
    }
    return true;
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
