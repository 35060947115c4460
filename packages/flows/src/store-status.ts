/** What a store keeps of a tier. Days are days received, UTC, as `YYYY-MM-DD`. */
export interface TierStatus {
  readonly name: string;
  /** Days a row is kept after it was received, of a tier with addresses no more than those; 0 is forever. */
  readonly keepDays: number;
  /** The oldest and the newest day that has rows; null if there are none. */
  readonly from: string | null;
  readonly to: string | null;
  readonly rows: number;
  /** Bytes on disk. */
  readonly bytes: number;
  /** Bytes on disk per row; null without rows. In the first tier a row is a flow. */
  readonly bytesPerRow: number | null;
}

/** A day that was removed. */
export interface RemovedDay {
  readonly tier: string;
  readonly day: string;
  readonly rows: number;
  /** `age`: it was older than the retention. `quota`: the store was too large, or the disk too full. */
  readonly rule: "age" | "quota";
  /** ISO 8601 UTC. */
  readonly time: string;
}

/** A shard of a cluster. What a shard without any server that answers has is not known: null. */
export interface ShardStatus {
  readonly shard: number;
  /** Flows that it has, and bytes on disk of all tables of one replica. */
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly replicas: number;
  /** Replicas that are connected to the keeper; null if no replica answers. */
  readonly replicasActive: number | null;
  /** Entries that the replica that answers has to do: parts to fetch and to merge. */
  readonly queue: number | null;
  /** Seconds that it is behind. */
  readonly delaySeconds: number | null;
}

/** The cluster that the tables of a store are spread over. */
export interface ClusterStatus {
  readonly name: string;
  /** By what flows are divided among the shards. */
  readonly shardBy: "flow" | "exporter";
  readonly shards: readonly ShardStatus[];
}

/** A ClickHouse server that has the flows. */
export interface StoreServer {
  /** `clickhouse://USER@HOST:PORT/DATABASE`; it has no password. */
  readonly url: string;
  /** `24.8.4.13`. */
  readonly version: string;
  /** What there is not because the server cannot do it, a sentence each. */
  readonly lacks: readonly string[];
  /** Null for one server. */
  readonly cluster: ClusterStatus | null;
}

/** A collector that has tables in the database of a server, as it said last. */
export interface CollectorStatus {
  /** Its name; "" for the one without a name. */
  readonly name: string;
  /** Id of its data directory. What another release wrote is not known: null, here and below. */
  readonly owner: string | null;
  /** Seconds since it said so. */
  readonly seenSeconds: number;
  /** Flows that its tables have, and bytes on disk of all of them. */
  readonly rows: number;
  readonly bytes: number;
  /** The oldest and the newest day that has flows, `YYYY-MM-DD`; null without flows. */
  readonly from: string | null;
  readonly to: string | null;
  /** Rows and bytes in its spool that are not stored yet. */
  readonly rowsWaiting: number | null;
  readonly bytesWaiting: number | null;
  /** Seconds that the oldest of them has waited; null also if none waits. */
  readonly lagSeconds: number | null;
}

/** A collector whose tables were dropped. */
export interface ForgottenCollector {
  /** "" for the one without a name. */
  readonly name: string;
  /** Flows that it had. */
  readonly rows: number;
  /** Names of the tables that were dropped. */
  readonly tables: readonly string[];
}

/** What a store keeps, its limits, and what it removed. */
export interface StoreStatus {
  /** The server that has the flows; null for the embedded database. */
  readonly server: StoreServer | null;
  /** The collectors that have tables in its database, by name; none for the embedded database. */
  readonly collectors: readonly CollectorStatus[];
  readonly tiers: readonly TierStatus[];
  /** Days that addresses of hosts are kept, in whichever tier; 0 is as long as their rows. */
  readonly addressDays: number;
  /** Most bytes of all tiers; 0 is no limit. */
  readonly maxBytes: number;
  /** Least bytes free on the disk; 0 is no limit. */
  readonly minFreeBytes: number;
  /** Bytes free on the disk of the store; null where a server does not say. */
  readonly freeBytes: number | null;
  /** Rows in the spool that are not stored yet. */
  readonly rowsWaiting: number;
  /** Seconds that the oldest of them has waited; null if none waits. */
  readonly waitingSeconds: number | null;
  /** Longest time in seconds that a row waits before it is dropped; 0 is no limit. */
  readonly spoolMaxAgeSeconds: number;
  /** Rows that were dropped because they waited longer, ever. */
  readonly rowsDroppedWaiting: number;
  /** Rows that were stored and cannot be read. */
  readonly rowsMissing: number;
  /** Rows of block files that were set aside because they are damaged, or that disappeared, before they were stored. */
  readonly rowsSetAside: number;
  /** The last days that were removed, newest first. */
  readonly removed: readonly RemovedDay[];
}
