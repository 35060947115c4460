import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { StoreError } from "../errors.ts";
import { makeDirectory } from "../make-directory.ts";
import type { Progress } from "../progress.ts";
import { syncDirectory } from "../spool/block-file.ts";
import { copyWhole, sumOf } from "./copy-file.ts";
import { type BackupFile, type Manifest, MANIFEST, PARTIAL } from "./manifest.ts";
import { SNAPSHOT, type SnapshotFacts } from "./snapshot.ts";

/** What a backup or a restore did. */
export interface BackupReport {
  readonly directory: string;
  /** When the snapshot was made, ISO 8601. */
  readonly time: string;
  readonly files: number;
  readonly bytes: number;
  /** Files of an attempt that was interrupted, which were there already. */
  readonly filesKept: number;
  /** Rows of each table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Rows of block files that waited for the store. */
  readonly rowsWaiting: number;
}

/**
 * Checks that a backup can be made in a directory: it is absent, empty, or has one that was interrupted.
 * @throws StoreError `backup-exists`, `backup-directory`.
 */
export async function prepareBackup(to: string): Promise<void> {
  try {
    await makeDirectory(to, 0o750);
    const names = await readdir(to);
    if (names.includes(MANIFEST))
      throw new StoreError("backup-exists", `${to}: there is a backup already; name another directory`);
    if (names.length > 0 && !names.includes(PARTIAL))
      throw new StoreError("backup-exists", `${to}: the directory is not empty; name another one`);
    await writeFile(path.join(to, PARTIAL), "");
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError("backup-directory", `${to}: cannot be written (${(cause as Error).message})`, { cause });
  }
}

/**
 * Copies a snapshot into a directory that `prepareBackup` has seen. Every file is read back and compared. Files that an
 * attempt before copied and that are the same are kept. The list of files comes last, so an interrupted backup is not
 * taken for a whole one. `progress` counts bytes.
 *
 * @throws StoreError `backup-damaged` when what is read back differs, `backup-directory` when it cannot be written.
 */
export async function copySnapshot(snapshot: string, to: string, progress?: Progress): Promise<BackupReport> {
  try {
    return await copied(snapshot, to, progress);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError(
      "backup-directory",
      `${to}: cannot be written (${(cause as Error).message}); the same command goes on`,
      { cause },
    );
  }
}

async function copied(snapshot: string, to: string, progress?: Progress): Promise<BackupReport> {
  const facts = JSON.parse(await readFile(path.join(snapshot, SNAPSHOT.facts), "utf8")) as SnapshotFacts;
  const names = await filesIn(snapshot);
  const sizes = new Map<string, number>();
  for (const name of names) sizes.set(name, (await stat(path.join(snapshot, name))).size);
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  await removeOthers(to, sizes);
  const files: BackupFile[] = [];
  let [bytes, filesKept] = [0, 0];
  for (const [name, size] of sizes) {
    progress?.(bytes, total);
    const [source, target] = [path.join(snapshot, name), path.join(to, name)];
    const there = await sumOf(target);
    const same = there?.bytes === size ? await sumOf(source) : undefined;
    if (there !== undefined && same?.crc32 === there.crc32) {
      filesKept++;
      files.push({ path: name, ...there });
    } else {
      const sum = await copyWhole(source, target);
      const back = await sumOf(target);
      if (back?.crc32 !== sum.crc32 || back.bytes !== sum.bytes)
        throw new StoreError("backup-damaged", `${target}: what was written cannot be read back; use another disk`);
      files.push({ path: name, ...sum });
    }
    bytes += size;
  }
  const { madeMs, rowsWaiting, tables } = facts;
  const manifest: Manifest = { format: "ngflow-backup", version: 1, madeMs, rowsWaiting, tables, files };
  await writeFile(path.join(to, `${MANIFEST}.tmp`), `${JSON.stringify(manifest)}\n`, { mode: 0o640, flush: true });
  for (const directory of new Set(files.map((file) => path.join(to, path.dirname(file.path)))))
    await syncDirectory(directory);
  await rename(path.join(to, `${MANIFEST}.tmp`), path.join(to, MANIFEST));
  await rm(path.join(to, PARTIAL), { force: true });
  await syncDirectory(to);
  return reportOf(to, manifest, filesKept);
}

export function reportOf(directory: string, manifest: Manifest, filesKept: number): BackupReport {
  return {
    directory,
    time: new Date(manifest.madeMs).toISOString(),
    files: manifest.files.length,
    bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    filesKept,
    rows: Object.fromEntries(manifest.tables.map(({ table, rows }) => [table, rows])),
    rowsWaiting: manifest.rowsWaiting,
  };
}

/** Paths of all files in a directory, within it, in order. */
export async function filesIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Removes what an interrupted attempt left and this snapshot does not have. */
async function removeOthers(to: string, wanted: ReadonlyMap<string, number>): Promise<void> {
  for (const name of await filesIn(to))
    if (name !== PARTIAL && !wanted.has(name)) await rm(path.join(to, name), { force: true });
}
