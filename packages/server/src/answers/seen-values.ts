import { type QueryResult, type QuerySpec, readSeenValues, seenRange, type ValueName } from "@ngflow/flows";

/** How long values of a column are taken from memory. */
const FRESH_MS = 30_000;
/** Columns and ranges in memory; the oldest give way. */
const MAX_KEPT = 128;
/** How long a request waits for values. They are kept when they come later. */
const WAIT_MS = 700;

type Values = readonly (string | number)[];

/** Values of columns in the store, remembered for a while: a filter box asks for them with each key. */
export class SeenValues {
  readonly #kept = new Map<string, { readonly sinceMs: number; readonly values: Promise<Values | undefined> }>();
  readonly #query: (spec: QuerySpec, caller: string) => Promise<QueryResult>;

  constructor(query: (spec: QuerySpec, caller: string) => Promise<QueryResult>) {
    this.#query = query;
  }

  /** Values with most bytes first, of the last hours before `toMs`; undefined if they are not there in time. */
  async of(column: ValueName, toMs: number, caller: string): Promise<Values | undefined> {
    const range = seenRange(toMs);
    const key = `${column} ${range.toMs}`;
    const nowMs = performance.now();
    let kept = this.#kept.get(key);
    if (kept === undefined || nowMs - kept.sinceMs > FRESH_MS) {
      // Values that cannot be had are asked for again when they are needed next.
      const values = readSeenValues(column, range, (spec) => this.#query(spec, caller)).catch(() => {
        this.#kept.delete(key);
        return undefined;
      });
      kept = { sinceMs: nowMs, values };
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      for (const oldest of this.#kept.keys()) {
        if (this.#kept.size <= MAX_KEPT) break;
        this.#kept.delete(oldest);
      }
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, WAIT_MS, undefined);
    });
    try {
      return await Promise.race([kept.values, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
