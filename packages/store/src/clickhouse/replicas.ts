import { databaseSql, localTable, systemTable } from "./cluster.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

/**
 * Whether some replica of a table that would answer has not all that others of its shard have: it is fetching parts,
 * or its keeper is away. Never for one server. @throws SqlError.
 */
export async function isBehind(client: SqlClient, table: string): Promise<boolean> {
  const { facts } = client;
  if (facts?.cluster === undefined) return false;
  const [row] = await client.inspect(
    `SELECT sum(inserts_in_queue), sum(is_readonly), countIf(log_max_index > 0 AND log_pointer <= log_max_index) FROM ${systemTable(facts, "replicas")}` +
      ` WHERE database = ${databaseSql(facts)} AND table = ${sqlString(localTable(facts, table))}`,
  );
  return (row ?? []).some((count) => Number(count) > 0);
}

/** Whether every replica of a table is there and has everything. @throws SqlError. */
export async function areWhole(client: SqlClient, table: string): Promise<boolean> {
  if (await isBehind(client, table)) return false;
  const { facts } = client;
  const [row] = await client.inspect(
    `SELECT countIf(active_replicas < total_replicas) FROM ${systemTable(facts, "replicas")}` +
      ` WHERE database = ${databaseSql(facts)} AND table = ${sqlString(localTable(facts, table))}`,
  );
  return Number(row?.[0] ?? 0) === 0;
}
