import { StoreError } from "../errors.ts";
import { type Cluster, type ClusterConfig, readCluster, refuseCluster } from "./cluster.ts";
import type { Inspect } from "./sql-text.ts";

/** What a server can do, as it says itself: definitions of tables follow it. */
export interface ServerFacts {
  /** `24.8.4.13`. */
  readonly version: string;
  /** The database of the connection. */
  readonly database: string;
  /** Names of the capabilities that it has. */
  readonly has: ReadonlySet<CapabilityName>;
  /** The cluster that the tables are spread over; absent for one server. */
  readonly cluster?: Cluster | undefined;
  /** The storage policy that the tables are to have; absent for that which they have. */
  readonly policy?: string | undefined;
}

interface Capability {
  /** SQL that counts what there must be, and how many that is. */
  readonly sql: string;
  readonly count: number;
  /** What there is not without it; null if nothing works without it. */
  readonly without: string | null;
}

const inSystem = (table: string, names: readonly string[]): Capability["sql"] =>
  `SELECT count() FROM system.${table} WHERE name IN (${names.map((name) => `'${name}'`).join(", ")})`;

/** Every capability that is asked for. */
export const CAPABILITIES = {
  types: {
    sql: inSystem("data_type_families", ["DateTime64", "IPv6", "Map", "UInt128"]),
    count: 4,
    without: null,
  },
  functions: {
    sql: inSystem("functions", ["throwIf", "fromUnixTimestamp64Milli", "mapContains", "replaceRegexpOne"]),
    count: 4,
    without: null,
  },
  sync: {
    sql: inSystem("merge_tree_settings", ["fsync_after_insert", "fsync_part_directory"]),
    count: 2,
    without: "a power cut of the server may lose the rows of the last seconds",
  },
  tokens: {
    sql: inSystem("merge_tree_settings", ["non_replicated_deduplication_window"]),
    count: 1,
    without: "a block that the server took while it did not answer may be there twice",
  },
  categories: {
    sql: "SELECT count() FROM system.functions WHERE name IN ('count', 'sum', 'toString') AND categories != ''",
    count: 3,
    without: "ngflow sql refuses functions that the server does not sort into categories",
  },
  disks: {
    sql: "SELECT count() FROM system.disks WHERE name = 'default'",
    count: 1,
    without: "the free space of its disk is not known, and --min-free does nothing",
  },
} as const satisfies Readonly<Record<string, Capability>>;

export type CapabilityName = keyof typeof CAPABILITIES;

/** The oldest release of ClickHouse that is supported. */
const FLOOR = 24;

/** @throws StoreError `store-server-old` */
export function checkVersion(version: string, allowOld: boolean): void {
  const major = Number(/^\d+/.exec(version)?.[0] ?? Number.NaN);
  if (major >= FLOOR || allowOld) return;
  throw new StoreError(
    "store-server-old",
    `store: the server is ClickHouse ${version.slice(0, 40) || "of an unknown version"}; ngflow needs ${FLOOR} or newer`,
  );
}

/** Asks a server what it can do. @throws SqlError, StoreError `store-server-old`, `store-cluster`. */
export async function readFacts(inspect: Inspect, config?: ClusterConfig): Promise<ServerFacts> {
  const [version = "", database = ""] = (await inspect("SELECT version(), currentDatabase()"))[0]?.map(String) ?? [];
  const has = new Set<CapabilityName>();
  for (const [name, capability] of Object.entries(CAPABILITIES) as [CapabilityName, Capability][]) {
    if ((await countOf(inspect, capability.sql)) >= capability.count) has.add(name);
    else if (capability.without === null)
      throw new StoreError(
        "store-server-old",
        `store: ClickHouse ${version} lacks ${name} that ngflow needs; use ${FLOOR} or newer`,
      );
  }
  if (config === undefined) await refuseCluster(inspect, database);
  const cluster = config === undefined ? undefined : await readCluster(inspect, config, database);
  return { version, database, has, cluster };
}

/** A table that the user may not read, or that there is not, has nothing. */
async function countOf(inspect: Inspect, sql: string): Promise<number> {
  try {
    return Number((await inspect(sql))[0]?.[0] ?? 0);
  } catch (error) {
    if ((error as { clickhouseCode?: number }).clickhouseCode === undefined) throw error;
    return 0;
  }
}
