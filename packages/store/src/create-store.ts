import path from "node:path";
import { backendOf } from "./backends.ts";
import type { BackupReport } from "./backup/backup.ts";
import { endRestore, restoreBackup, type RestorePlaces } from "./backup/restore.ts";
import type { Progress } from "./progress.ts";
import type { StoreFindings } from "./store-findings.ts";
import { SQL_LIMITS } from "./clickhouse/sql-client.ts";
import { createClickHouseStore } from "./clickhouse/store.ts";
import type { Store, StoreDeps } from "./store.ts";

export interface StoreConfig {
  /** The data directory (`--data`). The store is in `store/`; block files wait in `spool/`. */
  readonly directory: string;
  /** URL of the database; its scheme chooses the backend. Default `chdb:`, the embedded one in `store/`. */
  readonly url?: string;
  /**
   * Days a row is kept after it was received, unless its tier sets another number. 0 keeps rows forever. Default 30.
   */
  readonly retentionDays?: number;
  /** Days that rows of the roll-ups are kept, by the name of the tier; 0 is forever. Default: that of the tier. */
  readonly tierDays?: Readonly<Record<string, number>>;
  /** Most bytes of stored rows; above it whole days are dropped, oldest first. 0 means no limit. Default 0. */
  readonly maxBytes?: number;
  /** Least bytes free on the disk; below it whole days are dropped, oldest first. 0 means no limit. Default 0. */
  readonly minFreeBytes?: number;
  /**
   * False drops nothing, whatever its age; `status` shows the limits of the last process that drops. For commands that
   * only read. Default true.
   */
  readonly drop?: boolean;
  /** Most memory of the engine, in bytes. Default 1 GiB. */
  readonly maxMemoryBytes?: number;
  /** Most memory of one query, in bytes. Default 512 MiB. */
  readonly maxQueryMemoryBytes?: number;
  /** Longest time of one query, in milliseconds. Default 30,000. */
  readonly queryTimeoutMs?: number;
  /** Longest time between two polls of the spool, in milliseconds. Default 150. */
  readonly pollMs?: number;
  /** False leaves blocks in the spool until `drain` is called. Default true. */
  readonly ingest?: boolean;
  /** Whether this is the end of a restore, which opens what other processes must not. Default false. */
  readonly restoring?: boolean;
}

/** The spool directory of a data directory: for `createSpool` in the process that collects. */
export function spoolDirectory(dataDirectory: string): string {
  return path.join(path.resolve(dataDirectory), "spool");
}

/** The ledger of a data directory: `createSpool` and the store go on from it. */
export function ledgerFile(dataDirectory: string): string {
  return path.join(path.resolve(dataDirectory), "ledger.json");
}

/** The directory of the embedded database in a data directory. */
export function storeDirectory(dataDirectory: string): string {
  return path.join(path.resolve(dataDirectory), "store");
}

/**
 * The store of a data directory. Nothing is opened before `start`.
 * @throws NgflowError for a URL with an unknown scheme.
 */
export function createStore(config: StoreConfig, deps: StoreDeps = {}): Store {
  const { directory, url = "chdb:", ...settings } = config;
  const {
    maxMemoryBytes = SQL_LIMITS.maxMemoryBytes,
    maxQueryMemoryBytes = SQL_LIMITS.maxQueryMemoryBytes,
    queryTimeoutMs = SQL_LIMITS.queryTimeoutMs,
  } = settings;
  const backend = backendOf(url, storeDirectory(directory), { maxMemoryBytes, maxQueryMemoryBytes, queryTimeoutMs });
  const files = { spoolDirectory: spoolDirectory(directory), ledgerFile: ledgerFile(directory) };
  return createClickHouseStore({ ...settings, ...files }, backend, deps);
}

/**
 * Restores a backup into a data directory without flows, verifies it, and leaves it ready to be opened. A restore that
 * was interrupted starts again. `progress` counts bytes.
 *
 * @throws StoreError `backup-absent`, `backup-damaged`, `restore-exists`, `restore-space`, `restore-failed`.
 */
export async function restoreStore(
  from: string,
  dataDirectory: string,
  progress?: Progress,
): Promise<BackupReport & StoreFindings> {
  const places: RestorePlaces = {
    dataDirectory: path.resolve(dataDirectory),
    storeDirectory: storeDirectory(dataDirectory),
    spoolDirectory: spoolDirectory(dataDirectory),
    ledgerFile: ledgerFile(dataDirectory),
  };
  const report = await restoreBackup(from, places, backendOf("chdb:", places.storeDirectory, SQL_LIMITS), progress);
  const store = createStore({ directory: dataDirectory, drop: false, ingest: false, restoring: true });
  await store.start();
  let findings: StoreFindings;
  try {
    findings = await store.verify();
  } finally {
    await store.stop();
  }
  await endRestore(places);
  return { ...report, ...findings };
}
