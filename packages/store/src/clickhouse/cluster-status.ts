import type { ClusterStatus, ShardStatus } from "@ngflow/flows";
import { type Cluster, databaseSql, localTable, systemTable } from "./cluster.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

/** A shard of which no server answers is left out, instead of an error. */
const SKIP = " SETTINGS skip_unavailable_shards = 1";

/** What each shard of a cluster has, and how far its replicas are. @throws SqlError. */
export async function clusterStatus(client: SqlClient, { name, shardBy }: Cluster): Promise<ClusterStatus> {
  const { facts } = client;
  const flows = sqlString(`^${localTable(facts, "flows(_of_[a-z0-9]+)?")}$`);
  const shards = await client.inspect(
    `SELECT shard_num, count() FROM system.clusters WHERE cluster = ${sqlString(name)} GROUP BY shard_num ORDER BY shard_num`,
  );
  const byShard = async (columns: string, table: string, where: string): Promise<ReadonlyMap<number, number[]>> => {
    const rows = await client.inspect(
      `SELECT _shard_num, ${columns} FROM ${systemTable(facts, table)}` +
        ` WHERE database = ${databaseSql(facts)} AND ${where} GROUP BY _shard_num${SKIP}`,
    );
    return new Map(rows.map(([shard, ...values]) => [Number(shard), values.map(Number)]));
  };
  const parts = await byShard(`sumIf(rows, match(table, ${flows})), sum(bytes_on_disk)`, "parts", "active");
  const replicas = await byShard("min(active_replicas), sum(queue_size), max(absolute_delay)", "replicas", "1");
  // A shard without parts answers nothing, too: that it is there, its tables say.
  const there = await byShard("count()", "tables", `match(name, ${flows})`);
  const statusOf = (shard: number, count: number): ShardStatus => {
    const [rows, bytes] = parts.get(shard) ?? (there.has(shard) ? [0, 0] : []);
    const [active, queue, delay] = replicas.get(shard) ?? [];
    return {
      shard,
      rows: rows ?? null,
      bytes: bytes ?? null,
      replicas: count,
      replicasActive: active ?? null,
      queue: queue ?? null,
      delaySeconds: delay ?? null,
    };
  };
  return { name, shardBy, shards: shards.map(([shard, count]) => statusOf(Number(shard), Number(count))) };
}
