import { constants, type Dirent } from "node:fs";
import { open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { crc32 } from "node:zlib";
import { nativeBytes } from "@ngflow/flows";
import { makeDirectory } from "../make-directory.ts";
import { checkLayout, type TimeRange } from "./block-layout.ts";
import { type BlockName, compareBlockNames, formatBlockName, parseBlockName } from "./block-name.ts";

/** Suffix of a file being written; the number before it is the process that writes. */
const TEMPORARY = /\.(\d+)\.tmp$/;
/** Folder of a spool directory for what was set aside. */
const DAMAGED = "damaged";

/** A block file in a spool directory. */
export interface BlockFile {
  readonly file: string;
  readonly name: BlockName;
  readonly bytes: number;
}

/**
 * Writes a block so that it exists whole or not at all: temporary file, fsync, rename, fsync of the directory. Once
 * this returns, the block survives a power cut. On a failure the temporary file is removed.
 */
export async function writeBlockFile(
  directory: string,
  name: Omit<BlockName, "crc32">,
  pieces: readonly Uint8Array[],
): Promise<BlockFile> {
  const temporary = path.join(directory, `${name.id}.${process.pid}.tmp`);
  let sum = 0;
  let bytes = 0;
  try {
    const handle = await open(temporary, "wx", 0o640);
    try {
      for (const piece of pieces) {
        sum = crc32(piece, sum);
        bytes += piece.length;
        for (let done = 0; done < piece.length;) {
          const { bytesWritten } = await handle.write(piece, done);
          done += bytesWritten;
        }
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    const full: BlockName = { ...name, crc32: sum };
    const file = path.join(directory, formatBlockName(full));
    await rename(temporary, file);
    await syncDirectory(directory);
    return { file, name: full, bytes };
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What a spool directory has. */
export interface SpoolListing {
  /** Oldest first. */
  readonly blocks: readonly BlockFile[];
  /** Paths of entries that have the name of a block but are not regular files. */
  readonly strange: readonly string[];
}

/**
 * Lists a spool directory; an absent one counts as empty. Only names and types are read, because there may be very
 * many. The size of a block follows from its rows (nearly, if an older release wrote it).
 */
export async function listSpool(directory: string): Promise<SpoolListing> {
  const blocks: BlockFile[] = [];
  const strange: string[] = [];
  for (const entry of await readEntries(directory)) {
    const name = parseBlockName(entry.name);
    if (!name) continue;
    const file = path.join(directory, entry.name);
    if (entry.isFile()) blocks.push({ file, name, bytes: nativeBytes(name.rows) });
    else strange.push(file);
  }
  return { blocks: blocks.sort((a, b) => compareBlockNames(a.name, b.name)), strange };
}

/** Block files of a spool directory, oldest first. */
export async function listBlockFiles(directory: string): Promise<readonly BlockFile[]> {
  return (await listSpool(directory)).blocks;
}

/**
 * Reads a block file: its checksum must be the one in its name, and it must have the layout of a block. Returns when
 * its rows were received, or a text that says what is wrong. It does not wait for a FIFO or follow a link that took
 * the place of the file.
 */
export async function checkBlockFile(block: BlockFile): Promise<TimeRange | string> {
  const handle = await open(block.file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return "it is not a file";
    const buffer = new Uint8Array(Math.max(1, Math.min(1 << 20, stat.size)));
    let sum = 0;
    let read = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, read);
      if (bytesRead === 0) break;
      sum = crc32(buffer.subarray(0, bytesRead), sum);
      read += bytesRead;
    }
    return sum === block.name.crc32 ? await checkLayout(handle, read) : "its checksum does not match";
  } finally {
    await handle.close();
  }
}

/** Moves an entry of a spool directory to its folder `damaged`, whatever kind of file it is. */
export async function setAside(directory: string, file: string): Promise<void> {
  const damaged = path.join(directory, DAMAGED);
  await makeDirectory(damaged, 0o750);
  await rename(file, path.join(damaged, path.basename(file)));
  await syncDirectory(damaged);
  await syncDirectory(directory);
}

/** Removes unfinished files of processes that no longer run. Their rows were never acknowledged. */
export async function removeAbandoned(directory: string): Promise<void> {
  for (const { name } of await readEntries(directory)) {
    const writer = TEMPORARY.exec(name);
    if (writer && !isAlive(Number(writer[1]))) await rm(path.join(directory, name), { force: true, recursive: true });
  }
}

export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readEntries(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
