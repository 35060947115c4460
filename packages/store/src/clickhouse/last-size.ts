import { setTimeout } from "node:timers/promises";
import type { SqlClient, SqlError } from "./sql-client.ts";

/** What a database has: rows of the first tier, and bytes and parts of all of them. */
export interface StoreSize {
  readonly rowsTotal: number;
  readonly bytesTotal: number;
  readonly partsTotal: number;
  /** Milliseconds since it last answered; 0 while it does. */
  readonly databaseAwayMs: number;
}

type Size = Omit<StoreSize, "databaseAwayMs">;

/** A server that takes longer to say its size is away. */
const AWAY_MS = 4000;

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const late = new AbortController();
  try {
    return await Promise.race([
      answer,
      setTimeout(AWAY_MS, undefined, { signal: late.signal, ref: false }).then(() => {
        throw new Error("no answer");
      }),
    ]);
  } finally {
    late.abort();
    answer.catch(() => undefined);
  }
}

/** The size of a database; while a server does not answer, its last one. */
export class LastSize {
  readonly #steadyMs: () => number;
  #last: { readonly size: Size; readonly atMs: number } | undefined;

  constructor(steadyMs: () => number) {
    this.#steadyMs = steadyMs;
  }

  /** @throws the error of `read` if it is not that nobody answers, or there was no answer before. */
  async read(client: SqlClient, read: () => Promise<Size>): Promise<StoreSize> {
    try {
      // A server that stands still is as one that is away.
      const size = client.facts === undefined || this.#last === undefined ? await read() : await inTime(read());
      this.#last = { size, atMs: this.#steadyMs() };
      return { ...size, databaseAwayMs: 0 };
    } catch (error) {
      if (this.#last === undefined || (error as SqlError).clickhouseCode !== undefined) throw error;
      return { ...this.#last.size, databaseAwayMs: Math.round(this.#steadyMs() - this.#last.atMs) };
    }
  }
}
