import { randomUUID } from "node:crypto";
import { parseRows } from "../clickhouse/row-slices.ts";
import {
  cancelledError,
  type DataFile,
  SQL_LIMITS,
  type SqlBackend,
  type SqlClient,
  type SqlLimits,
  sqlString,
} from "../clickhouse/sql-client.ts";
import type { ChdbSession } from "./chdb-session.ts";
import { CANCEL_EVERY_MS, type ChdbEngine, openChdb, unusable } from "./engine.ts";
import { SessionPool } from "./session-pool.ts";

const ROWS = "JSONCompactEachRow";

/** The embedded database in a directory. The engine is loaded by `open`, not before. */
export function createChdbBackend(directory: string, limits: SqlLimits = SQL_LIMITS): SqlBackend {
  return {
    open: async () => chdbClient(directory, await openChdb(directory, limits)),
    unusable: (cause) => unusable(directory, cause),
  };
}

function chdbClient(directory: string, { readers, writer, control, close }: ChdbEngine): SqlClient {
  const pool = new SessionPool(readers);
  return {
    directory,
    read: (sql, { signal } = {}) => pool.use((reader) => cancellable(reader, control, sql, signal), signal),
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
    async close() {
      pool.close();
      await close();
    },
  };
}

/** The bytes of a query's rows. When `signal` aborts, the engine is asked to cancel it until it has ended. */
async function cancellable(
  reader: ChdbSession,
  control: ChdbSession,
  sql: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const tag = `/* ${randomUUID()} */`;
  let timer: NodeJS.Timeout | undefined;
  const cancel = (): void =>
    void control.queryAsync(`KILL QUERY WHERE startsWith(query, '${tag}') ASYNC`).catch(() => undefined);
  const onAbort = (): void => {
    cancel();
    timer = setInterval(cancel, CANCEL_EVERY_MS);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) throw cancelledError();
  try {
    return (await reader.queryAsync(`${tag} ${sql}`, { format: ROWS })).bytes();
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

function tableOf({ path, format, structure }: DataFile): string {
  return `file(${sqlString(path)}, '${format}', ${sqlString(structure)})`;
}
