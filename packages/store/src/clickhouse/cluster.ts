import { StoreError } from "../errors.ts";
import { type Inspect, sqlString } from "./sql-text.ts";

/** By what rows of flows are divided among the shards. */
type ShardBy = "flow" | "exporter";

/** The cluster that the tables of a store are spread over. */
export interface Cluster {
  /** Its name in `remote_servers` of the servers. */
  readonly name: string;
  /** Weights of its shards together: the remainder of the sharding key by this number decides. */
  readonly slots: number;
  readonly shards: number;
  readonly shardBy: ShardBy;
}

/** What a cluster is asked for when a store is opened. */
export interface ClusterConfig {
  readonly name: string;
  /** For tables that are not there yet; later theirs holds. */
  readonly shardBy: ShardBy;
}

/** Sharding keys of the flows. A flow keeps its shard as long as its key does. */
const SHARD_KEYS: Readonly<Record<ShardBy, string>> = {
  flow: "cityHash64(SrcAddr, DstAddr, SrcPort, DstPort, Proto)",
  exporter: "cityHash64(ExporterAddr)",
};

/** What SQL needs to know of a server to name its tables. */
export interface Located {
  readonly database: string;
  readonly cluster?: Cluster | undefined;
}

/** Name of a cluster that may be part of a statement. */
export const CLUSTER_NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/** The table that has the rows of a shard. Statements that read or insert use the table of all shards. */
export function localTable(facts: Located | undefined, table: string): string {
  return facts?.cluster === undefined ? table : `${table}_local`;
}

/** Behind the name of a table that is changed: on which servers. */
export function onCluster(facts: Located | undefined): string {
  return facts?.cluster === undefined ? "" : ` ON CLUSTER \`${facts.cluster.name}\``;
}

/** A table of `system`: of one replica of every shard. */
export function systemTable(facts: Located | undefined, table: string): string {
  const { cluster } = facts ?? {};
  return cluster === undefined ? `system.${table}` : `cluster(${sqlString(cluster.name)}, system.${table})`;
}

/** The database of the store. In a cluster other servers read the statement, whose connection may have another one. */
export function databaseSql(facts: Located | undefined): string {
  return facts?.cluster === undefined ? "currentDatabase()" : sqlString(facts.database);
}

/**
 * The engine of a table. In a cluster the replicas of a shard share what they have; with `everywhere`, all servers do.
 */
export function engineOf(facts: Located | undefined, engine: string, table: string, everywhere = false): string {
  if (facts?.cluster === undefined) return engine;
  const path = `/clickhouse/tables/${facts.database}/${everywhere ? "all" : "{shard}"}/${table}`;
  const replica = everywhere ? "{shard}-{replica}" : "{replica}";
  return `Replicated${engine}('${path}', '${replica}')`;
}

/** The table of all shards. `key` is SQL of an integer, by which rows find their shard. */
export function createDistributed(facts: Located & { readonly cluster: Cluster }, table: string, key: string): string {
  const { database, cluster } = facts;
  return (
    `CREATE TABLE IF NOT EXISTS ${table}${onCluster(facts)} AS ${database}.${localTable(facts, table)}` +
    ` ENGINE = Distributed(${[cluster.name, database, localTable(facts, table)].map(sqlString).join(", ")}, ${key})`
  );
}

/** The sharding key of the flows of a store. */
export function flowsKey({ shardBy }: Cluster): string {
  return SHARD_KEYS[shardBy];
}

/**
 * The sharding key of what is made from the flows: all of a day received is on one shard, so that a step adds a day as
 * a whole or not at all, and bins are merged.
 *
 * @param received SQL of a date
 */
export function dayKey(received: string): string {
  return `toRelativeDayNum(${received})`;
}

/** Rows of `readPairs`: how many rows of a block the shards have, by slot and day. */
export function storedPairs(cluster: Cluster, key: string, day: string): string {
  return `${key} % ${cluster.slots} AS slot, toString(${day}) AS day, count()`;
}

/** Condition on the rows of a block: those of slots and days of which no shard has rows. */
export function notStored(
  cluster: Cluster,
  { key, day }: { readonly key: string; readonly day: string },
  stored: readonly (readonly [slot: number, day: string])[],
): string {
  if (stored.length === 0) return "1";
  const pairs = stored.map(([slot, day]) => `(${slot}, ${sqlString(day)})`);
  return `(toUInt64(${key} % ${cluster.slots}), toString(${day})) NOT IN (${pairs.join(", ")})`;
}

/** Asks a server for its cluster. @throws SqlError, StoreError `store-cluster`. */
export async function readCluster(
  inspect: Inspect,
  { name, shardBy }: ClusterConfig,
  database: string,
): Promise<Cluster> {
  const weights = await inspect(
    `SELECT DISTINCT shard_num, shard_weight FROM system.clusters WHERE cluster = ${sqlString(name)}`,
  );
  if (weights.length === 0) {
    const known = (await inspect("SELECT DISTINCT cluster FROM system.clusters ORDER BY cluster")).map(String);
    const list = known.length === 0 ? "none" : known.slice(0, 10).join(", ");
    throw new StoreError(
      "store-cluster",
      `store: the server knows no cluster "${name}" (it knows ${list}); add it to remote_servers of every server`,
    );
  }
  const macros = await inspect("SELECT macro FROM system.macros WHERE macro IN ('shard', 'replica')");
  if (macros.length < 2)
    throw new StoreError(
      "store-cluster",
      "store: the server has not both macros, shard and replica; add <macros> to the configuration of every server",
    );
  const [table] = await flowTables(inspect, database);
  return {
    name,
    slots: weights.reduce((sum, [, weight]) => sum + Number(weight), 0),
    shards: weights.length,
    shardBy: table === undefined ? shardBy : shardByOf(String(table[1]), name),
  };
}

/** Engine and definition of the tables that all flows of a collector are read from. */
function flowTables(inspect: Inspect, database: string): ReturnType<Inspect> {
  return inspect(
    `SELECT engine, engine_full FROM system.tables WHERE database = ${sqlString(database)}` +
      " AND match(name, '^flows(_of_[a-z0-9]+)?$') ORDER BY name",
  );
}

/** @throws StoreError `store-cluster` if the tables of a database are spread over a cluster; SqlError. */
export async function refuseCluster(inspect: Inspect, database: string): Promise<void> {
  const [table] = await flowTables(inspect, database);
  if (table?.[0] !== "Distributed") return;
  throw new StoreError(
    "store-cluster",
    "store: the tables of the database are spread over a cluster; name it with --store-cluster",
  );
}

/** The sharding key of tables that are there. @throws StoreError `store-cluster`. */
function shardByOf(engine: string, name: string): ShardBy {
  const plain = (text: string): string => text.replaceAll(/[\s`']/g, "");
  if (!plain(engine).startsWith(`Distributed(${name},`))
    throw new StoreError(
      "store-cluster",
      `store: the tables of the database are not those of the cluster "${name}"; choose another database in --store,` +
        " or leave the cluster out",
    );
  for (const by of Object.keys(SHARD_KEYS) as ShardBy[]) if (plain(engine).includes(plain(SHARD_KEYS[by]))) return by;
  throw new StoreError("store-cluster", "store: the table flows has a sharding key that is not one of ngflow's");
}
