import { resolve } from "node:path";
import { Option } from "commander";
import type { StoreConfig } from "@ngflow/store";
import { OptionsError } from "./errors.ts";
import type { SharedConfig } from "./settings.ts";

/** Options of the commands that keep flows: in which database. */
export type DatabaseOptions = Pick<
  SharedConfig,
  | "store"
  | "storePasswordFile"
  | "storeCa"
  | "storeAllowOld"
  | "storeCluster"
  | "storeShardBy"
  | "storeCollector"
  | "storePolicy"
> & {
  readonly storeTakeOver?: boolean;
};

/** Variable of the environment with the password, where no file has it. */
const PASSWORD_VARIABLE = "NGFLOW_STORE_PASSWORD";

/** The database that the store is configured with. */
export type StoreDatabase = Pick<StoreConfig, "url" | "passwordFile" | "password" | "caFile" | "allowOld" | "takeOver">;

export const databaseOptions = (): Option[] => [
  new Option(
    "--store <url>",
    "database of the flows: chdb: in the data directory, or clickhouse://USER@HOST:8123/DATABASE, or clickhouse+https:" +
      " (default: that of the last time, at first chdb:)",
  ),
  new Option("--store-password-file <file>", `file with the password of that user (or ${PASSWORD_VARIABLE})`),
  new Option("--store-ca <file>", "certificates of those who may have signed that of the database (PEM)"),
  new Option("--store-cluster <name>", "spread the tables over a ClickHouse cluster that the server of --store knows"),
  new Option("--store-shard-by <what>", "what flows of a new cluster are divided by (default: flow)").choices([
    "flow",
    "exporter",
  ]),
  new Option("--store-collector <name>", "name of this one of several that keep flows in one database of a server"),
  new Option("--store-policy <name>", "storage policy of the tables on the server of --store: its disks, hot and cold"),
  new Option("--store-allow-old", "try a ClickHouse server that is older than 24"),
  new Option("--store-take-over", "go on with the flows of a database whose data directory is lost"),
];

/** Files that these options name. */
export function databaseFiles({ storePasswordFile, storeCa }: DatabaseOptions): (string | undefined)[] {
  return [storePasswordFile, storeCa];
}

/** The password of the environment, for commands that use what the data directory keeps. */
export function storePassword(env: NodeJS.ProcessEnv = process.env): Pick<StoreConfig, "password"> {
  const password = env[PASSWORD_VARIABLE];
  return password === undefined || password === "" ? {} : { password };
}

/**
 * The URL of the store: cluster, collector and policy are parts of it. @throws OptionsError for one without a server.
 */
export function storeUrl(options: DatabaseOptions): string | undefined {
  const { store, storeCluster, storeShardBy, storeCollector, storePolicy } = options;
  const parts = { cluster: storeCluster, "shard-by": storeShardBy, collector: storeCollector, policy: storePolicy };
  const added = Object.entries(parts).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  if (added.length === 0) return store;
  if (store === undefined || store.startsWith("chdb:"))
    throw new OptionsError(
      "usage",
      `--store-${storeCluster !== undefined ? "cluster" : storePolicy !== undefined ? "policy" : "collector"} needs the URL of a server in --store; add it`,
    );
  return `${store}${store.includes("?") ? "&" : "?"}${added.join("&")}`;
}

/** The data directory keeps the paths of the files, so that later commands find them from anywhere. */
export function storeDatabase(options: DatabaseOptions): StoreDatabase {
  const { storePasswordFile, storeCa, storeAllowOld, storeTakeOver } = options;
  const store = storeUrl(options);
  return {
    ...storePassword(),
    ...(store === undefined ? {} : { url: store }),
    ...(storePasswordFile === undefined ? {} : { passwordFile: resolve(storePasswordFile) }),
    ...(storeCa === undefined ? {} : { caFile: resolve(storeCa) }),
    ...(storeAllowOld === undefined ? {} : { allowOld: storeAllowOld }),
    ...(storeTakeOver === undefined ? {} : { takeOver: storeTakeOver }),
  };
}
