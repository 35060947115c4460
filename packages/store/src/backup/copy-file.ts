import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { crc32 } from "node:zlib";
import { makeDirectory } from "../make-directory.ts";

const CHUNK_BYTES = 2 ** 20;

/** Size and CRC-32 of a file. */
export interface FileSum {
  readonly bytes: number;
  readonly crc32: number;
}

/** Reads a file to its end. Undefined if it is not there. @throws the system's error. */
export async function sumOf(file: string): Promise<FileSum | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return await eachChunk(handle, () => Promise.resolve());
  } finally {
    await handle.close();
  }
}

/**
 * Copies a file, so that the target is there whole and synced, or not at all. Missing directories are made.
 * @throws the system's error.
 */
export async function copyWhole(from: string, to: string): Promise<FileSum> {
  await makeDirectory(path.dirname(to), 0o750);
  const temporary = `${to}.tmp`;
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const target = await open(temporary, "w", 0o640);
    let sum: FileSum;
    try {
      sum = await eachChunk(source, async (chunk) => {
        for (let done = 0; done < chunk.length;) done += (await target.write(chunk, done)).bytesWritten;
      });
      await target.sync();
    } finally {
      await target.close();
    }
    await rename(temporary, to);
    return sum;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await source.close();
  }
}

async function eachChunk(handle: FileHandle, use: (chunk: Uint8Array) => Promise<void>): Promise<FileSum> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  let [bytes, sum] = [0, 0];
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, bytes);
    if (bytesRead === 0) return { bytes, crc32: sum };
    const chunk = buffer.subarray(0, bytesRead);
    sum = crc32(chunk, sum);
    await use(chunk);
    bytes += bytesRead;
  }
}
