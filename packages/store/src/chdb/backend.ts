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
import { watchProgress } from "../clickhouse/watch-progress.ts";
import type { ChdbSession } from "./chdb-session.ts";
import { CANCEL_EVERY_MS, type ChdbEngine, openChdb, unusable } from "./engine.ts";
import { SessionPool } from "./session-pool.ts";

const ROWS = "JSONCompactEachRow";

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
  const stopWatching =
    progress &&
    watchProgress({
      ask: async (question) => parseRows((await control.queryAsync(question, { format: ROWS })).bytes()),
      where: `startsWith(query, ${sqlString(tag)})`,
      progress,
      signal,
    });
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
    stopWatching?.();
    clearInterval(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

function tableOf({ path, format, structure }: DataFile): string {
  return `file(${sqlString(path)}, '${format}', ${sqlString(structure)})`;
}
