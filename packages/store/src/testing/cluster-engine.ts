import { writeFileSync } from "node:fs";
import path from "node:path";
import { createChdbBackend } from "../chdb/backend.ts";
import type { SqlBackend, SqlLimits } from "../clickhouse/sql-client.ts";

/** Name of the cluster that the engine knows. */
export const CLUSTER = "here";

/**
 * The embedded engine as a cluster of one shard and one replica. `Distributed` tables and the table function `cluster`
 * are its own. It has no queue of changes for `ON CLUSTER`, and replicated tables do not take inserts in it:
 * `withoutReplicas` turns those into what it has.
 */
export function clusterEngine(directory: string, limits: SqlLimits): SqlBackend {
  const file = path.join(path.dirname(directory), "cluster.xml");
  writeFileSync(
    file,
    `<clickhouse><remote_servers><${CLUSTER}><shard><internal_replication>true</internal_replication>` +
      "<replica><host>127.0.0.1</host><port>9000</port></replica></shard>" +
      `</${CLUSTER}></remote_servers><macros><shard>1</shard><replica>1</replica></macros><tcp_port>9000</tcp_port></clickhouse>`,
  );
  return createChdbBackend(directory, limits, [`--config-file=${file}`]);
}

/** A statement without what needs a keeper. */
export function withoutReplicas(sql: string): string {
  return sql
    .replace(/ ON CLUSTER `\w+`/, "")
    .replace(/ENGINE = Replicated(\w+)\('[^']*', '[^']*'\)/, "ENGINE = $1")
    .replace(
      /replicated_deduplication_window = (\d+), replicated_deduplication_window_seconds = \d+/,
      "non_replicated_deduplication_window = $1",
    )
    .replace(/SYSTEM SYNC REPLICA \w+/, "SELECT 1");
}
