import { type FlowReader, MAX_FLOWS } from "@ngflow/flows";
import type { LineSink } from "./line-sink.ts";
import type { OutTarget } from "./out-url.ts";

/** Until when flows were sent, kept for the next start. */
export interface Cursor {
  load(): number | null;
  keep(ms: number): void;
}

export interface OutletDeps {
  readonly reader: FlowReader;
  readonly sink: LineSink;
  readonly cursor: Cursor;
  /** Until when everything that was received is stored, Unix milliseconds. */
  readonly storedMs: () => Promise<number>;
  readonly nowMs: () => number;
  /** Called with the first failure after a success. */
  readonly warn: (reason: string) => void;
}

/** What was sent, since the start. */
export interface OutletCounters {
  flows: number;
  requests: number;
  failures: number;
  /** Flows that are not sent: more were received in one millisecond than one answer takes. */
  cutMilliseconds: number;
}

/** Flows that are read at once, unless more were received in one millisecond. */
const WANTED_FLOWS = 5000;
const FIRST_MS = 1000;
const LONGEST_MS = 60_000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Sends the stored flows to a destination, in the order in which they were received, a range of time after the other.
 * The store is the buffer: what a destination does not take is sent later, as long as it is stored. Where it ended is
 * kept after each range, so a flow is sent at least once.
 */
export class Outlet {
  readonly counters: OutletCounters = { flows: 0, requests: 0, failures: 0, cutMilliseconds: 0 };
  readonly target: OutTarget;
  readonly #deps: OutletDeps;
  #sentMs: number | null;
  #spanMs = FIRST_MS;
  #failures = 0;
  #notBeforeMs = 0;

  constructor(target: OutTarget, deps: OutletDeps) {
    this.target = target;
    this.#deps = deps;
    this.#sentMs = deps.cursor.load();
  }

  /** How far it is behind, milliseconds; 0 before the first flow. */
  get lagMs(): number {
    return this.#sentMs === null ? 0 : Math.max(0, this.#deps.nowMs() - this.#sentMs);
  }

  /** Sends what is due. It never throws: what fails is counted and tried again later. */
  async work(signal: AbortSignal): Promise<void> {
    const { nowMs, storedMs, cursor, warn } = this.#deps;
    if (nowMs() < this.#notBeforeMs) return;
    try {
      const untilMs = await storedMs();
      if (this.#sentMs === null) {
        this.#sentMs = untilMs;
        cursor.keep(untilMs);
      }
      while (this.#sentMs < untilMs && !signal.aborted) {
        this.#sentMs = await this.#sendFrom(this.#sentMs, untilMs, signal);
        cursor.keep(this.#sentMs);
        this.#failures = 0;
      }
    } catch (error) {
      if (signal.aborted) return;
      this.counters.failures++;
      if (this.#failures === 0) warn((error as Error).message);
      this.#notBeforeMs = nowMs() + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures++);
    }
  }

  /** Sends a range that fits one answer: its flows are counted first, which costs less. Resolves to its end. */
  async #sendFrom(fromMs: number, untilMs: number, signal: AbortSignal): Promise<number> {
    const { reader } = this.#deps;
    const filter = this.target.filter === "" ? {} : { filter: this.target.filter };
    for (;;) {
      const toMs = Math.min(untilMs, fromMs + this.#spanMs);
      const range = { fromMs, toMs, time: "arrival", ...filter } as const;
      const counted = await reader.query({ by: [], metric: "flows", raw: true, ...range }, { signal });
      const count = Number(counted.rows[0]?.["flows"] ?? 0);
      if (count > WANTED_FLOWS && toMs - fromMs > 1) {
        this.#spanMs = Math.max(1, Math.floor(((toMs - fromMs) * WANTED_FLOWS) / (2 * count)));
        continue;
      }
      if (count > MAX_FLOWS) this.counters.cutMilliseconds++;
      if (count > 0) {
        const { rows } = await reader.flows({ ...range, limit: MAX_FLOWS }, { signal });
        await this.#send(rows.toReversed(), signal);
      }
      if (count < WANTED_FLOWS / 4) this.#spanMs = Math.min(LONGEST_MS, this.#spanMs * 2);
      return toMs;
    }
  }

  async #send(rows: readonly object[], signal: AbortSignal): Promise<void> {
    const { batch } = this.target;
    for (let i = 0; i < rows.length; i += batch) {
      const part = rows.slice(i, i + batch);
      await this.#deps.sink.send(part.map((row) => `${JSON.stringify(row)}\n`).join(""), signal);
      this.counters.flows += part.length;
      this.counters.requests++;
    }
  }
}
