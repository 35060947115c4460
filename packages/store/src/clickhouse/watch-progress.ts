import type { ReadOptions } from "@ngflow/flows";

/** How often a query that is watched is asked how far it is. */
const EVERY_MS = 250;

interface Watch {
  /** Asks the engine. */
  readonly ask: (sql: string) => Promise<readonly (readonly unknown[])[]>;
  /** Which row of `system.processes` is the query's. */
  readonly where: string;
  readonly progress: NonNullable<ReadOptions["progress"]>;
  /** Of the query: nothing is told of one that is to end. */
  readonly signal: AbortSignal | undefined;
}

/** Tells from time to time what a query has read. Returns what ends that; nothing is told after it. */
export function watchProgress({ ask, where, progress, signal }: Watch): () => void {
  const sql = `SELECT read_rows, read_bytes, total_rows_approx, toUInt64(elapsed * 1000) FROM system.processes WHERE ${where}`;
  let isAsking = false;
  let isOver = false;
  const look = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      const [row] = await ask(sql);
      if (row === undefined || isOver || signal?.aborted === true) return;
      const [rows = 0, bytes = 0, total = 0, elapsedMs = 0] = row.map(Number);
      // What is read may be more than what was thought.
      progress({ rows, bytes, rowsTotal: total === 0 ? null : Math.max(total, rows), elapsedMs });
    } catch {
      // The next time.
    } finally {
      isAsking = false;
    }
  };
  const timer = setInterval(() => void look(), EVERY_MS).unref();
  return () => {
    isOver = true;
    clearInterval(timer);
  };
}
