import { type FlowReader, MAX_FLOWS } from "@ngflow/flows";
import type { OutTarget } from "./out-url.ts";
import { OutError } from "./errors.ts";
import type { LineSink, Refused } from "./sink.ts";

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
  /** Flows that the destination left out of requests that it took, or that it refuses alone. */
  refused: number;
  /** Flows that are not sent: more were received in one millisecond than one answer takes. */
  cutMilliseconds: number;
}

/** Lines of a request. */
interface Part {
  readonly lines: string;
  readonly flows: number;
  /** How often it was refused. */
  refusals?: number;
}

/** Flows that are read at once, unless more were received in one millisecond. */
const WANTED_FLOWS = 5000;
const FIRST_MS = 1000;
const LONGEST_MS = 60_000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** A flow that was refused alone so often, with waits, is left out: it would keep back all others for ever. */
const MOST_REFUSALS = 6;

/**
 * Sends the stored flows to a destination, in the order in which they were received, a range of time after the other.
 * The store is the buffer: what a destination does not take is sent later, as long as it is stored. Where it ended is
 * kept after each range, so a flow is sent at least once. What was not taken of a range is kept in memory and given
 * again as it was: a destination that knows it again, as Kafka does, takes it once.
 */
export class Outlet {
  readonly counters: OutletCounters = { flows: 0, requests: 0, failures: 0, refused: 0, cutMilliseconds: 0 };
  readonly target: OutTarget;
  readonly #deps: OutletDeps;
  #sentMs: number | null;
  #spanMs = FIRST_MS;
  #failures = 0;
  #notBeforeMs = 0;
  /** Requests of a range that were not taken, and the end of that range. */
  #left: { readonly parts: Part[]; readonly toMs: number } | undefined;

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
      while ((this.#left !== undefined || this.#sentMs < untilMs) && !signal.aborted) {
        this.#left ??= await this.#read(this.#sentMs, untilMs, signal);
        await this.#send(this.#left.parts, signal);
        this.#sentMs = this.#left.toMs;
        this.#left = undefined;
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

  /** Reads a range that fits one answer: its flows are counted first, which costs less. */
  async #read(fromMs: number, untilMs: number, signal: AbortSignal): Promise<{ parts: Part[]; toMs: number }> {
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
      const rows = count > 0 ? (await reader.flows({ ...range, limit: MAX_FLOWS }, { signal })).rows : [];
      if (count < WANTED_FLOWS / 4) this.#spanMs = Math.min(LONGEST_MS, this.#spanMs * 2);
      const { mostBytes = Number.POSITIVE_INFINITY } = this.#deps.sink;
      return { parts: partsOf(rows.toReversed(), this.target.batch, mostBytes), toMs };
    }
  }

  /** Sends the parts, and removes those that were taken. */
  async #send(parts: Part[], signal: AbortSignal): Promise<void> {
    for (let part = parts[0]; part !== undefined; part = parts[0]) {
      let refused: Refused | undefined;
      try {
        refused = await this.#deps.sink.send(part.lines, signal);
      } catch (error) {
        if (!(error instanceof OutError) || error.code !== "out-refused") throw error;
        if (part.flows > 1) {
          parts.splice(0, 1, ...halvesOf(part));
          continue;
        }
        part.refusals = (part.refusals ?? 0) + 1;
        if (part.refusals < MOST_REFUSALS) throw error;
        refused = { flows: 1, reason: error.message };
      }
      if (refused !== undefined && this.counters.refused === 0)
        this.#deps.warn(
          `${refused.flows === 1 ? "1 flow was" : `${refused.flows} flows of a request were`} refused: ${refused.reason}`,
        );
      this.counters.refused += refused?.flows ?? 0;
      this.counters.flows += part.flows - (refused?.flows ?? 0);
      this.counters.requests++;
      parts.shift();
    }
  }
}

/** A request that was refused, as two. */
function halvesOf({ lines, flows }: Part): Part[] {
  const each = lines.trimEnd().split("\n");
  const middle = flows >>> 1;
  return [each.slice(0, middle), each.slice(middle)].map((half) => ({
    lines: half.map((line) => `${line}\n`).join(""),
    flows: half.length,
  }));
}

/** Flows as lines, in parts of at most so many flows and, unless one is larger, so many bytes. */
function partsOf(rows: readonly object[], mostFlows: number, mostBytes: number): Part[] {
  const parts: Part[] = [];
  let lines: string[] = [];
  let bytes = 0;
  const end = (): void => {
    if (lines.length > 0) parts.push({ lines: lines.join(""), flows: lines.length });
    [lines, bytes] = [[], 0];
  };
  for (const row of rows) {
    const line = `${JSON.stringify(row)}\n`;
    const length = Buffer.byteLength(line);
    if (lines.length === mostFlows || bytes + length > mostBytes) end();
    lines.push(line);
    bytes += length;
  }
  end();
  return parts;
}
