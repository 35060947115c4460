import { open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { crc32 } from "node:zlib";
import { nativeBytes } from "@ngflow/flows";
import { type BlockName, formatBlockName, parseBlockName } from "./block-name.ts";

/** Suffix of a file being written; the number before it is the process that writes. */
const TEMPORARY = /\.(\d+)\.tmp$/;
/** Suffix given to a file that does not match its checksum. */
export const DAMAGED = ".damaged";

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

/**
 * Block files of a directory, oldest first; other files are left out. An absent directory counts as empty. Only names
 * are read, because there may be very many. The size of a block follows from its rows (nearly, if an older release
 * wrote it).
 */
export async function listBlockFiles(directory: string): Promise<BlockFile[]> {
  const blocks: BlockFile[] = [];
  for (const entry of (await readNames(directory)).sort()) {
    const name = parseBlockName(entry);
    if (name) blocks.push({ file: path.join(directory, entry), name, bytes: nativeBytes(name.rows) });
  }
  return blocks;
}

/** Whether a block file matches the checksum in its name. */
export async function verifyBlockFile(block: BlockFile): Promise<boolean> {
  const handle = await open(block.file, "r");
  try {
    const buffer = new Uint8Array(1 << 20);
    let sum = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer);
      if (bytesRead === 0) return sum === block.name.crc32;
      sum = crc32(buffer.subarray(0, bytesRead), sum);
    }
  } finally {
    await handle.close();
  }
}

/** Removes unfinished files of processes that no longer run. Their rows were never acknowledged. */
export async function removeAbandoned(directory: string): Promise<void> {
  for (const entry of await readNames(directory)) {
    const writer = TEMPORARY.exec(entry);
    if (writer && !isAlive(Number(writer[1]))) await rm(path.join(directory, entry), { force: true });
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

async function readNames(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
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
