import { readFile } from "node:fs/promises";
import type { ServerEndpoint, Statement } from "../clickhouse-http/endpoint.ts";

/** Settings that ClickHouse 18.16 has, of those that are sent. */
const KNOWN: ReadonlySet<string> = new Set([
  ...["max_threads", "min_insert_block_size_rows", "min_insert_block_size_bytes", "load_balancing", "readonly"],
  ...["max_replica_delay_for_distributed_queries", "distributed_product_mode", "skip_unavailable_shards"],
  ...["insert_distributed_sync", "distributed_ddl_task_timeout", "wait_end_of_query", "max_execution_time"],
]);

/**
 * A way to a server of ClickHouse 18.16: it has no `input()`, so rows of files are external tables; no rows as lines of
 * cells, so they are taken from its JSON; and no tokens, but it knows parts with the same rows.
 */
export function oldEndpoint(host: string, database: string): ServerEndpoint {
  const url = `http://${host}`;
  return {
    url,
    async send({ sql, id, settings, file, signal }: Statement) {
      const text = typeof sql === "string" ? sql : sql("_file");
      const isQuery = /^SELECT\b/.test(text);
      const parameters = new URLSearchParams({ query: text, query_id: id, database });
      for (const [name, value] of Object.entries(settings)) if (KNOWN.has(name)) parameters.set(name, String(value));
      if (isQuery) parameters.set("default_format", "JSONCompact");
      let body: FormData | null = null;
      if (file !== undefined) {
        body = new FormData();
        body.set("_file", new Blob([new Uint8Array(await readFile(file.path))]), "rows");
        parameters.set("_file_format", file.format);
        parameters.set("_file_structure", file.structure);
      }
      // This server closes a connection after three seconds, also while the next request is on its way.
      const headers = { connection: "close" };
      const response = await fetch(`${url}/?${parameters}`, { method: "POST", headers, body, signal }).catch(
        (error: unknown) => {
          throw (error as Error).cause ?? error;
        },
      );
      const answer = await response.text();
      if (!response.ok) throw new Error(answer.trim());
      if (!isQuery) return Buffer.from(answer);
      const { data } = JSON.parse(answer) as { data: unknown[] };
      return Buffer.from(data.map((row) => `${JSON.stringify(row)}\n`).join(""));
    },
    close: () => Promise.resolve(),
  };
}
