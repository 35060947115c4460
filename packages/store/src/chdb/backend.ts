import { randomUUID } from "node:crypto";
import type { ReadOptions } from "@ngflow/flows";
import { parseRows } from "../clickhouse/row-slices.ts";
import {
  cancelledError,
  type DataFile,
  SQL_LIMITS,
  type SqlBackend,
  type SqlClient,
  type SqlLimits,
} from "../clickhouse/sql-client.ts";
import { sqlString } from "../clickhouse/sql-text.ts";
import type { ChdbSession } from "./chdb-session.ts";
import { CANCEL_EVERY_MS, type ChdbEngine, openChdb, unusable } from "./engine.ts";
import { SessionPool } from "./session-pool.ts";

const ROWS = "JSONCompactEachRow";
/** How often a query that is watched is asked how far it is. */
const PROGRESS_EVERY_MS = 250;

/** The embedded database in a directory. The engine is loaded by `open`, not before. */
export function createChdbBackend(
  directory: string,
  limits: SqlLimits = SQL_LIMITS,
  moreArguments: readonly string[] = [],
): SqlBackend {
  return {
    open: async () => chdbClient(directory, await openChdb(directory, limits, moreArguments)),
    unusable: (cause) => unusable(directory, cause),
  };
}

function chdbClient(directory: string, { readers, writer, control, close }: ChdbEngine): SqlClient {
  const pool = new SessionPool(readers);
  return {
    directory,
    read: (sql, options = {}) => pool.use((reader) => userQuery(reader, control, sql, options), options.signal),
    async inspect(sql) {
      return parseRows((await control.queryAsync(sql, { format: ROWS })).bytes());
    },
    async run(sql) {
      await writer.queryAsync(sql);
    },
    async over(file, statement) {
      return parseRows((await writer.queryAsync(statement(tableOf(file)), { format: ROWS })).bytes());
    },
    async convert(file, format) {
      return (await writer.queryAsync(`SELECT * FROM ${tableOf(file)}`, { format })).bytes();
    },
    async native(sql) {
      return (await writer.queryAsync(sql, { format: "Native" })).bytes();
    },
    async close() {
      pool.close();
      await close();
    },
  };
}

/**
 * The bytes of a query's rows. When `signal` aborts, the engine is asked to cancel it until it has ended; while it
 * runs, it is asked for its progress.
 */
async function userQuery(
  reader: ChdbSession,
  control: ChdbSession,
  sql: string,
  { signal, progress }: ReadOptions,
): Promise<Uint8Array> {
  const tag = `/* ${randomUUID()} */`;
  const watching = progress && watchProgress(control, tag, progress);
  let timer: NodeJS.Timeout | undefined;
  const cancel = (): void =>
    void control.queryAsync(`KILL QUERY WHERE startsWith(query, '${tag}') ASYNC`).catch(() => undefined);
  const onAbort = (): void => {
    cancel();
    timer = setInterval(cancel, CANCEL_EVERY_MS);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal?.aborted) throw cancelledError();
    return (await reader.queryAsync(`${tag} ${sql}`, { format: ROWS })).bytes();
  } finally {
    clearInterval(watching);
    clearInterval(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Tells from time to time what the query with a tag has read, until its timer is cleared. */
function watchProgress(
  control: ChdbSession,
  tag: string,
  progress: NonNullable<ReadOptions["progress"]>,
): NodeJS.Timeout {
  const sql =
    "SELECT read_rows, read_bytes, total_rows_approx, toUInt64(elapsed * 1000) FROM system.processes" +
    ` WHERE startsWith(query, ${sqlString(tag)})`;
  let isAsking = false;
  const ask = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      const [row] = parseRows((await control.queryAsync(sql, { format: ROWS })).bytes());
      if (row === undefined) return;
      const [rows = 0, bytes = 0, total = 0, elapsedMs = 0] = row.map(Number);
      // What is read may be more than what was thought.
      progress({ rows, bytes, rowsTotal: total === 0 ? null : Math.max(total, rows), elapsedMs });
    } catch {
      // The next time.
    } finally {
      isAsking = false;
    }
  };
  const timer = setInterval(() => void ask(), PROGRESS_EVERY_MS);
  timer.unref();
  return timer;
}

function tableOf({ path, format, structure }: DataFile): string {
  return `file(${sqlString(path)}, '${format}', ${sqlString(structure)})`;
}
