import { existsSync } from "node:fs";
import { rm, statfs, writeFile } from "node:fs/promises";
import path from "node:path";
import { TIERS, type Tiers } from "@ngflow/flows";
import { createRollUp, createTable } from "../clickhouse/ddl.ts";
import type { SqlBackend, SqlClient } from "../clickhouse/sql-client.ts";
import { sqlString } from "../clickhouse/sql-text.ts";
import { StoreError } from "../errors.ts";
import { makeDirectory } from "../make-directory.ts";
import type { Progress } from "../progress.ts";
import { syncDirectory } from "../spool/block-file.ts";
import { type BackupReport, reportOf } from "./backup.ts";
import { copyWhole } from "./copy-file.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { SNAPSHOT } from "./snapshot.ts";

/** Where a backup is restored to. */
export interface RestorePlaces {
  readonly dataDirectory: string;
  readonly storeDirectory: string;
  readonly spoolDirectory: string;
  readonly ledgerFile: string;
}

/** The file in a data directory that is being restored. A store does not open it. */
export const RESTORING = "restoring";

/** @throws StoreError `restore-interrupted` if a restore of the data directory was interrupted. */
export function refuseRestoring(dataDirectory: string): void {
  if (!existsSync(path.join(dataDirectory, RESTORING))) return;
  throw new StoreError(
    "restore-interrupted",
    `store: a restore of ${dataDirectory} was interrupted; run "ngflow store restore" again`,
  );
}

/**
 * Restores a backup into a data directory without flows, or one whose restore was interrupted; that starts again. Every
 * file is compared with the list of the backup. `progress` counts bytes.
 *
 * @throws StoreError `backup-absent`, `backup-damaged`, `restore-exists`, `restore-space`, `restore-failed`.
 */
export async function restoreBackup(
  from: string,
  places: RestorePlaces,
  backend: SqlBackend,
  progress?: Progress,
  tiers: Tiers = TIERS,
): Promise<BackupReport> {
  const manifest = await readManifest(from);
  await claim(places, manifest);
  const client = await backend.open();
  try {
    const targets = new Map<string, string>();
    for (const tier of tiers) {
      await client.run(tier.resolutionMs === null ? createTable(tier) : createRollUp(tier));
      targets.set(tier.table, path.join(await directoryOf(client, tier.table), "detached"));
    }
    await copyAll(from, manifest, (file) => targetOf(file, places, targets), progress);
    for (const { table, parts } of manifest.tables) {
      for (const part of targets.has(table) ? parts : [])
        await client.run(`ALTER TABLE ${table} ATTACH PART ${sqlString(part)}`);
    }
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const reason = (cause as Error).message.split("\n")[0]!;
    throw new StoreError("restore-failed", `${places.dataDirectory}: cannot be restored (${reason})`, { cause });
  } finally {
    await client.close();
  }
  return reportOf(places.dataDirectory, manifest, 0);
}

/** The restored flows can be opened. */
export async function endRestore({ dataDirectory }: RestorePlaces): Promise<void> {
  await rm(path.join(dataDirectory, RESTORING), { force: true });
  await syncDirectory(dataDirectory);
}

/** Directories of the data directory that have the same names in a backup. */
const OTHERS: readonly string[] = [SNAPSHOT.collector, SNAPSHOT.saved, SNAPSHOT.alerts, path.dirname(SNAPSHOT.imports)];

/** Makes the data directory one that is being restored. What an interrupted restore left is removed. */
async function claim(places: RestorePlaces, manifest: Manifest): Promise<void> {
  const { dataDirectory, storeDirectory, spoolDirectory, ledgerFile } = places;
  const marker = path.join(dataDirectory, RESTORING);
  await makeDirectory(dataDirectory, 0o750);
  const others = OTHERS.map((name) => path.join(dataDirectory, name));
  const own = [storeDirectory, spoolDirectory, ledgerFile, ...others];
  if (!existsSync(marker)) {
    const taken = own.find((file) => existsSync(file));
    if (taken !== undefined)
      throw new StoreError(
        "restore-exists",
        `${dataDirectory}: there are flows already (${path.basename(taken)}); name an empty directory with --data`,
      );
    await writeFile(marker, "", { flush: true });
    await syncDirectory(dataDirectory);
  }
  for (const file of own) await rm(file, { recursive: true, force: true });
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const { bavail, bsize } = await statfs(dataDirectory);
  if (bavail * bsize < bytes)
    throw new StoreError(
      "restore-space",
      `${dataDirectory}: the backup needs ${bytes} bytes, ${bavail * bsize} are free`,
    );
}

async function copyAll(
  from: string,
  { files }: Manifest,
  targetOf: (file: string) => string | undefined,
  progress?: Progress,
): Promise<void> {
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  let bytes = 0;
  for (const file of files) {
    progress?.(bytes, total);
    const target = targetOf(file.path);
    bytes += file.bytes;
    if (target === undefined) continue;
    const sum = await copyWhole(path.join(from, file.path), target).catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
      throw new StoreError("backup-damaged", `${from}/${file.path}: the file is missing`, { cause });
    });
    if (sum.bytes !== file.bytes || sum.crc32 !== file.crc32)
      throw new StoreError("backup-damaged", `${from}/${file.path}: its checksum is not that of the backup's list`);
  }
}

/** Where a file of a backup goes; undefined for one of a table that this release does not have. */
function targetOf(file: string, places: RestorePlaces, tables: ReadonlyMap<string, string>): string | undefined {
  const [top, ...rest] = file.split("/");
  if (top === SNAPSHOT.ledger) return places.ledgerFile;
  if (top === SNAPSHOT.spool) return path.join(places.spoolDirectory, ...rest);
  if (OTHERS.includes(top!)) return path.join(places.dataDirectory, top!, ...rest);
  if (top !== SNAPSHOT.tables) return undefined;
  const [table = "", ...inTable] = rest;
  const target = tables.get(table);
  return target === undefined ? undefined : path.join(target, ...inTable);
}

/** The directory of a table's parts. */
async function directoryOf(client: SqlClient, table: string): Promise<string> {
  const [row] = await client.inspect(
    `SELECT data_paths[1] FROM system.tables WHERE database = currentDatabase() AND name = ${sqlString(table)}`,
  );
  return path.resolve(client.directory ?? "", String(row?.[0] ?? ""));
}
