import { readFile } from "node:fs/promises";
import path from "node:path";
import { StoreError } from "../errors.ts";
import type { SnapshotFacts } from "./snapshot.ts";

/** A file of a backup. */
export interface BackupFile {
  /** Path within the backup, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** CRC-32 of its content. */
  readonly crc32: number;
}

/** What a backup has. It is written last: without it, a backup is not complete. */
export interface Manifest extends Pick<SnapshotFacts, "madeMs" | "rowsWaiting" | "tables"> {
  readonly format: "ngflow-backup";
  readonly version: 1;
  readonly files: readonly BackupFile[];
}

/** Name of the manifest in a backup. */
export const MANIFEST = "backup.json";
/** In a backup that is not complete. */
export const PARTIAL = "backup.partial";
/** A longer text is not a manifest. */
const MANIFEST_MAX_BYTES = 512 * 2 ** 20;

/** The manifest of a backup. @throws StoreError `backup-absent`, `backup-damaged`. */
export async function readManifest(directory: string): Promise<Manifest> {
  let text: Buffer;
  try {
    text = await readFile(path.join(directory, MANIFEST));
  } catch (cause) {
    throw new StoreError("backup-absent", `${directory}: there is no complete backup here (no ${MANIFEST})`, { cause });
  }
  if (text.length <= MANIFEST_MAX_BYTES) {
    try {
      const manifest = JSON.parse(text.toString("utf8")) as Partial<Manifest> | null;
      if (manifest?.format === "ngflow-backup" && manifest.version === 1 && isList(manifest.files)) {
        return manifest as Manifest;
      }
    } catch {
      // Said below.
    }
  }
  throw new StoreError("backup-damaged", `${directory}/${MANIFEST}: not the list of a backup that this release reads`);
}

/** Paths stay within the backup. */
function isList(files: unknown): files is BackupFile[] {
  return (
    Array.isArray(files) &&
    files.every(
      (file: Partial<BackupFile> | null) =>
        typeof file?.path === "string" &&
        !path.isAbsolute(file.path) &&
        !file.path.split("/").includes("..") &&
        Number.isSafeInteger(file.bytes) &&
        Number.isSafeInteger(file.crc32),
    )
  );
}
