import { randomUUID } from "node:crypto";
import {
  type DataFile,
  parseRows,
  SQL_LIMITS,
  type SqlBackend,
  type SqlClient,
  type SqlLimits,
  sqlString,
} from "../clickhouse/sql-client.ts";
import { type ChdbEngine, openChdb, unusable } from "./engine.ts";

/** How often the cancellation of a query is repeated: the query may not have started at the first attempt. */
const CANCEL_EVERY_MS = 100;

/** The embedded database in a directory. The engine is loaded by `open`, not before. */
export function createChdbBackend(directory: string, limits: SqlLimits = SQL_LIMITS): SqlBackend {
  return {
    open: async () => chdbClient(directory, await openChdb(directory, limits)),
    unusable: (cause) => unusable(directory, cause),
  };
}

function chdbClient(directory: string, { reader, writer, close }: ChdbEngine): SqlClient {
  const read = async (sql: string): Promise<string> =>
    (await reader.queryAsync(sql, { format: "JSONCompactEachRow" })).text();
  return {
    directory,
    async rows(sql, { signal } = {}) {
      if (!signal) return parseRows(await read(sql));
      const tag = `/* ${randomUUID()} */`;
      const cancel = (): void =>
        void writer.queryAsync(`KILL QUERY WHERE startsWith(query, '${tag}') ASYNC`).catch(() => undefined);
      const timer = setInterval(() => {
        if (signal.aborted) cancel();
      }, CANCEL_EVERY_MS);
      signal.addEventListener("abort", cancel, { once: true });
      try {
        return parseRows(await read(`${tag} ${sql}`));
      } finally {
        clearInterval(timer);
        signal.removeEventListener("abort", cancel);
      }
    },
    async inspect(sql) {
      return parseRows((await writer.queryAsync(sql, { format: "JSONCompactEachRow" })).text());
    },
    async run(sql) {
      await writer.queryAsync(sql);
    },
    async over(file, statement) {
      const answer = await writer.queryAsync(statement(tableOf(file)), { format: "JSONCompactEachRow" });
      return parseRows(answer.text());
    },
    async convert(file, format) {
      return (await writer.queryAsync(`SELECT * FROM ${tableOf(file)}`, { format })).bytes();
    },
    close,
  };
}

function tableOf({ path, format, structure }: DataFile): string {
  return `file(${sqlString(path)}, '${format}', ${sqlString(structure)})`;
}
