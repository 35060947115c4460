import { cancelledError } from "../clickhouse/sql-client.ts";
import type { ChdbSession } from "./chdb-session.ts";

/** Gives each use a session of its own; a use for which none is free waits, in order, without taking a thread. */
export class SessionPool {
  readonly #free: ChdbSession[];
  readonly #waiting: Turn[] = [];
  #closed = false;

  constructor(sessions: readonly ChdbSession[]) {
    this.#free = [...sessions];
  }

  /** @throws SqlError 394 when `signal` aborts or the pool closes while it waits; otherwise as `work`. */
  async use<T>(work: (session: ChdbSession) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#closed || signal?.aborted) throw cancelledError();
    const session = this.#free.pop() ?? (await this.#turn(signal));
    try {
      return await work(session);
    } finally {
      const next = this.#waiting.shift();
      if (next) next.take(session);
      else this.#free.push(session);
    }
  }

  /** Those that wait are cancelled. */
  close(): void {
    this.#closed = true;
    for (const turn of this.#waiting.splice(0)) turn.cancel();
  }

  #turn(signal: AbortSignal | undefined): Promise<ChdbSession> {
    return new Promise((resolve, reject) => {
      const turn: Turn = {
        take: (session) => {
          signal?.removeEventListener("abort", leave);
          resolve(session);
        },
        cancel: () => reject(cancelledError()),
      };
      const leave = (): void => {
        const at = this.#waiting.indexOf(turn);
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        turn.cancel();
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.push(turn);
    });
  }
}

interface Turn {
  readonly take: (session: ChdbSession) => void;
  readonly cancel: () => void;
}
