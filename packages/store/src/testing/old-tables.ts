import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { BlockTable } from "../clickhouse/block-insert.ts";
import { createDistributed, type Cluster, engineOf, localTable, onCluster } from "../clickhouse/cluster.ts";
import { type SqlClient, SQL_LIMITS } from "../clickhouse/sql-client.ts";
import { createBlockWriter } from "../clickhouse/writer.ts";
import { ServerClient } from "../clickhouse-http/server-client.ts";
import type { ServerEndpoint } from "../clickhouse-http/endpoint.ts";
import type { BlockFile } from "../spool/block-file.ts";
import type { TimeRange } from "../spool/block-layout.ts";
import type { BlockBackend } from "../spool/ingester-types.ts";
import { TIERS } from "@ngflow/flows";

/** What ClickHouse 18.16 can hold of the flows: times are milliseconds, addresses numbers. */
export const OLD_TABLE: BlockTable = {
  table: "flows",
  format: "JSONEachRow",
  structure: "Received UInt64, Host UInt64, Bytes UInt64",
  values: new Map(["Received", "Host", "Bytes"].map((name) => [name, name])),
  blockColumn: "Block",
  day: { stored: "toDate(intDiv(Received, 1000))", file: "toDate(intDiv(Received, 1000))" },
  receivedIn: ({ minMs, maxMs }) => `Received BETWEEN ${minMs} AND ${maxMs}`,
  key: "cityHash64(Host)",
};

/** The tables, as `migrate` makes those of today. */
export async function createOldTables(client: SqlClient): Promise<void> {
  const facts = client.facts as NonNullable<SqlClient["facts"]> & { readonly cluster: Cluster };
  const local = localTable(facts, OLD_TABLE.table);
  await client.run(
    `CREATE TABLE IF NOT EXISTS ${local}${onCluster(facts)} (Received UInt64, Host UInt64, Bytes UInt64, Block UInt64)` +
      ` ENGINE = ${engineOf(facts, "MergeTree", local)} PARTITION BY toDate(intDiv(Received, 1000)) ORDER BY Received`,
  );
  await client.run(createDistributed(facts, OLD_TABLE.table, OLD_TABLE.key));
}

/** A client that goes to the first of several servers that answers. */
export function oldClient(
  endpoints: readonly ServerEndpoint[],
  database: string,
  cluster: Cluster | undefined,
  timeoutMs = 20_000,
): ServerClient {
  const facts = { version: "18.16.1", database, has: new Set<never>(), cluster };
  return new ServerClient({ endpoints, limits: SQL_LIMITS, timeoutMs, owner: "0123", facts });
}

export function oldWriter(client: SqlClient): BlockBackend {
  return createBlockWriter(client, TIERS[0], OLD_TABLE);
}

interface OldBlock {
  readonly block: BlockFile;
  readonly range: TimeRange;
}

/** A block whose rows are on two days and on all shards; its file has a name that `oldBlockOf` reads. */
export async function oldBlock(directory: string, rows: number, startMs: number): Promise<OldBlock> {
  const times = Array.from({ length: rows }, (_, i) => startMs + (i % 2) * 86_400_000 + i);
  const name = [randomBytes(8).toString("hex"), rows, Math.min(...times), Math.max(...times)].join("-");
  const lines = times.map((ms, i) => JSON.stringify({ Received: ms, Host: i * 7919, Bytes: 1000 + i }));
  await writeFile(path.join(directory, name), `${lines.join("\n")}\n`);
  return oldBlockOf(directory, name);
}

/** The block of a file. */
export function oldBlockOf(directory: string, name: string): OldBlock {
  const [id, rows, minMs, maxMs] = name.split("-");
  const file = path.join(directory, name);
  const block = { file, bytes: 0, name: { id, rows: Number(rows) } } as unknown as BlockFile;
  return { block, range: { minMs: Number(minMs), maxMs: Number(maxMs) } };
}
