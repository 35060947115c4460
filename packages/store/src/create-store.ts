import { totalmem } from "node:os";
import path from "node:path";
import { backendOf, type StorePlace } from "./backends.ts";
import type { Anonymisation } from "./copy/anonymise-block.ts";
import { anonymousCopy, type AnonymousCopyReport } from "./copy/anonymous-copy.ts";
import { type CopyReport, copyStore } from "./copy/copy-store.ts";
import type { BackupReport } from "./backup/backup.ts";
import { endRestore, restoreBackup, type RestorePlaces } from "./backup/restore.ts";
import type { Progress } from "./progress.ts";
import type { StoreFindings } from "./store-findings.ts";
import { limitsFor, SQL_LIMITS, type SqlLimits } from "./clickhouse/sql-client.ts";
import { createClickHouseStore } from "./clickhouse/store.ts";
import type { Store, StoreDeps, StoreLock } from "./store.ts";
import { readPlace } from "./store-place.ts";

export interface StoreConfig {
  /** The data directory (`--data`). The store is in `store/`; block files wait in `spool/`. */
  readonly directory: string;
  /**
   * URL of the database; its scheme chooses the backend. Default: that of the last time, and at first `chdb:`, the
   * embedded one in `store/`.
   */
  readonly url?: string;
  /** File with the password of the user of a server. Default: that of the last time, unless there is `password`. */
  readonly passwordFile?: string;
  readonly password?: string;
  /** File with the certificates, in PEM, of those who may have signed the server's. Default: that of the last time. */
  readonly caFile?: string;
  /** Whether a server is taken that is older than what is supported. Default false. */
  readonly allowOld?: boolean;
  /** Takes over a database that has the flows of another data directory. Default false. */
  readonly takeOver?: boolean;
  /**
   * Days a row is kept after it was received, unless its tier sets another number. 0 keeps rows forever. Default 30.
   */
  readonly retentionDays?: number;
  /** Days that rows of the roll-ups are kept, by the name of the tier; 0 is forever. Default: that of the tier. */
  readonly tierDays?: Readonly<Record<string, number>>;
  /**
   * Days that addresses of hosts are kept: no tier that has them is kept for longer, and copies of long flows lose
   * theirs. 0 is as long as the rows. Default 0.
   */
  readonly addressDays?: number;
  /** Most bytes of stored rows; above it whole days are dropped, oldest first. 0 means no limit. Default 0. */
  readonly maxBytes?: number;
  /** Least bytes free on the disk; below it whole days are dropped, oldest first. 0 means no limit. Default 0. */
  readonly minFreeBytes?: number;
  /**
   * Longest time that a block waits in the spool, in milliseconds; after it the block is dropped instead of stored, and
   * its rows are counted. 0 means no limit. Default 0.
   */
  readonly spoolMaxAgeMs?: number;
  /**
   * False drops nothing, whatever its age; `status` shows the limits of the last process that drops. For commands that
   * only read. Default true.
   */
  readonly drop?: boolean;
  /** Most memory of the engine, in bytes. Default: a quarter of the machine's, from 1 to 2 GiB. */
  readonly maxMemoryBytes?: number;
  /** Most memory of one query, in bytes. Default: an eighth of the machine's, from 512 MiB to 1 GiB. */
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
  const { directory, ...settings } = config;
  const limits = sqlLimits(settings);
  const backend = backendOf(placeOf(config), limits);
  const files = { spoolDirectory: spoolDirectory(directory), ledgerFile: ledgerFile(directory) };
  return createClickHouseStore({ ...settings, queryTimeoutMs: limits.queryTimeoutMs, ...files }, backend, deps);
}

/** Where the store of a data directory is: as it is configured, else as it was the last time. */
function placeOf(config: StoreConfig): StorePlace {
  const { directory, password, allowOld } = config;
  const saved = readPlace(path.resolve(directory));
  const {
    url = saved?.url ?? "chdb:",
    passwordFile = password === undefined ? saved?.passwordFile : undefined,
    caFile = saved?.caFile,
  } = config;
  return { url, directory: storeDirectory(directory), password, passwordFile, caFile, allowOld };
}

/** Where flows are copied to, as `createStore` takes it. */
export type CopyTarget = Pick<StoreConfig, "password" | "passwordFile" | "caFile" | "allowOld"> & {
  readonly url: string;
};

/**
 * Copies the store of a data directory into another database, which becomes its store (`copyStore`). The password for
 * one that is on a server already is that of `from`. @throws StoreError.
 */
export function moveStore(
  from: StoreConfig,
  to: CopyTarget,
  deps: { readonly lock?: StoreLock; readonly progress?: Progress } = {},
): Promise<CopyReport> {
  const dataDirectory = path.resolve(from.directory);
  const target = { ...to, directory: storeDirectory(dataDirectory) };
  return copyStore({ dataDirectory, from: placeOf(from), to: target, limits: sqlLimits(from) }, deps);
}

/**
 * Copies the store of a data directory into another data directory, with other addresses (`anonymousCopy`).
 * @param key tells keys apart: one that was interrupted goes on with the same one only
 * @throws StoreError.
 */
export async function copyAnonymised(
  from: StoreConfig,
  to: string,
  how: Anonymisation & { readonly key: string },
  deps: { readonly lock?: StoreLock; readonly progress?: Progress } = {},
): Promise<AnonymousCopyReport> {
  const [source, target] = [path.resolve(from.directory), path.resolve(to)];
  const open = async (config: StoreConfig, use: (store: Store) => Promise<unknown>): Promise<void> => {
    const store = createStore({ ...config, ingest: false, drop: false }, { ...(deps.lock && { lock: deps.lock }) });
    await store.start();
    try {
      await use(store);
    } finally {
      await store.stop();
    }
  };
  const places = {
    ...{ source, target, ledgerFrom: ledgerFile(source), ledgerTo: ledgerFile(target) },
    ...{ from: placeOf(from), to: { url: "chdb:", directory: storeDirectory(target) }, limits: sqlLimits(from) },
  };
  return anonymousCopy(places, how, {
    ...deps,
    // What waits in the spool is stored and rolled up first.
    settle: () => open(from, async (store) => (await store.drain(), store.rollUp())),
    verify: async () => {
      let rowsMissing = 0;
      await open({ directory: target }, async (store) => {
        await store.verify();
        rowsMissing = (await store.stats()).rowsMissing;
      });
      return rowsMissing;
    },
  });
}

function sqlLimits(settings: Partial<SqlLimits>): SqlLimits {
  // 0 or a larger number than there is where no control group limits it.
  const limits = limitsFor(Math.min(totalmem(), process.constrainedMemory() || Infinity));
  const {
    maxMemoryBytes = limits.maxMemoryBytes,
    maxQueryMemoryBytes = limits.maxQueryMemoryBytes,
    queryTimeoutMs = limits.queryTimeoutMs,
  } = settings;
  return { maxMemoryBytes, maxQueryMemoryBytes, queryTimeoutMs };
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
  const report = await restoreBackup(
    from,
    places,
    backendOf({ url: "chdb:", directory: places.storeDirectory }, SQL_LIMITS),
    progress,
  );
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
