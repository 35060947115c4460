import type { ApiError } from "../errors.ts";

/** What a query takes. */
export interface Need {
  /** Room that its answer may need. */
  readonly bytes: number;
  /** See QueryCost. */
  readonly uninterruptible: boolean;
}

/** A query in line. */
export interface Turn extends Need {
  readonly admit: (run: Run) => void;
  readonly refuse: (error: ApiError) => void;
}

/** Room that an answer takes: what it may need while it runs, then what it has. */
export interface Room {
  readonly caller: Caller;
  bytes: number;
  /** When the answer was there; null while it runs. */
  doneMs: number | null;
  /** When its caller last took something; null while it runs. */
  progressMs: number | null;
  cut: () => void;
}

/** A query that runs. */
export interface Run {
  readonly need: Need;
  readonly room: Room;
  readonly sinceMs: number;
  /** Aborts when nobody waits for the answer any more, or when the query has to give way: it begins again later. */
  readonly stopping: AbortController;
}

/** What is known of one who asks, as long as it has a query or an answer. */
export interface Caller {
  readonly key: string;
  /** Queries whose caller waits for the answer. */
  asking: number;
  /** In the order of their turns. */
  readonly waiting: Turn[];
  /** In the order in which they began. */
  readonly running: Run[];
  readonly rooms: Set<Room>;
  /** Time that its queries took, on a scale on which a newcomer begins a little before the others. */
  spentMs: number;
}

/** A longer query counts as one of that time, so that who has asked one is not behind all others for long. */
const MOST_COUNTED_MS = 10_000;
/** Callers whose time is remembered after they have left; beyond, the one that left first is forgotten. */
const MOST_REMEMBERED = 1024;

/** Who asks, and whose turn is next: callers share the time of the store, whatever number of queries each has. */
export class Callers {
  readonly #here = new Map<string, Caller>();
  /** Time that those took who have left. */
  readonly #left = new Map<string, number>();
  /** `spentMs` of the caller that began last, at most. */
  #beginMs = 0;

  /** Where newcomers begin: one long query before the others, who may all have had the same time. */
  get #newMs(): number {
    return this.#beginMs - MOST_COUNTED_MS;
  }

  /** The caller of this name; `leave` when it may have nothing more. */
  of(key: string): Caller {
    const known = this.#here.get(key);
    if (known) return known;
    const spentMs = Math.max(this.#newMs, this.#left.get(key) ?? this.#newMs);
    this.#left.delete(key);
    const caller: Caller = { key, asking: 0, waiting: [], running: [], rooms: new Set(), spentMs };
    this.#here.set(key, caller);
    return caller;
  }

  /** Forgets a caller that has nothing here, but for the time that its queries took. */
  leave(caller: Caller): void {
    const { key, asking, waiting, running, rooms, spentMs } = caller;
    if (asking + waiting.length + running.length + rooms.size > 0 || this.#here.get(key) !== caller) return;
    this.#here.delete(key);
    if (spentMs <= this.#newMs) return;
    this.#left.set(key, spentMs);
    if (this.#left.size > MOST_REMEMBERED) this.#left.delete(this.#left.keys().next().value!);
  }

  began(caller: Caller, run: Run): void {
    this.#beginMs = Math.max(this.#beginMs, caller.spentMs);
    caller.running.push(run);
  }

  ended(caller: Caller, run: Run, nowMs: number): void {
    caller.running.splice(caller.running.indexOf(run), 1);
    caller.spentMs += Math.min(nowMs - run.sinceMs, MOST_COUNTED_MS);
  }

  /** Those that wait, the next one first: who has the fewest queries running, then whose queries took least time. */
  inTurn(): Caller[] {
    const waiting = [...this.#here.values()].filter((caller) => caller.waiting.length > 0);
    return waiting.sort((a, b) => a.running.length - b.running.length || a.spentMs - b.spentMs);
  }

  /** Who has the most of something; undefined without callers. */
  most(count: (caller: Caller) => number): Caller | undefined {
    let most: Caller | undefined;
    for (const caller of this.#here.values()) if (most === undefined || count(caller) > count(most)) most = caller;
    return most;
  }
}
