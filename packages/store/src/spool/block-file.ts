import { constants, type Dirent } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { crc32 } from "node:zlib";
import { makeDirectory } from "../make-directory.ts";
import { checkLayout, type TimeRange } from "./block-layout.ts";
import { type BlockName, compareBlockNames, formatBlockName, parseBlockName } from "./block-name.ts";

/** Suffix of a file being written; the number before it is the process that writes. */
const TEMPORARY = /\.(\d+)\.tmp$/;
/** Most pieces of one write (IOV_MAX of Linux). */
const PIECES_MAX = 1024;
/** Folder of a spool directory for what was set aside. */
const DAMAGED = "damaged";

/** A block file in a spool directory. */
export interface BlockFile {
  readonly file: string;
  readonly name: BlockName;
  readonly bytes: number;
}

/** A block whose bytes are on disk under a name that is not that of a block. It does not exist until it is placed. */
export interface UnplacedBlock {
  readonly temporary: string;
  readonly id: string;
  readonly crc32: number;
  readonly bytes: number;
}

/** Writes the bytes of a block to a temporary file and waits for fsync. On a failure the file is removed. */
export async function writeUnplaced(
  directory: string,
  id: string,
  pieces: readonly Uint8Array[],
): Promise<UnplacedBlock> {
  const temporary = path.join(directory, `${id}.${process.pid}.tmp`);
  const sum = pieces.reduce((crc, piece) => crc32(piece, crc), 0);
  try {
    const handle = await open(temporary, "wx", 0o640);
    try {
      const bytes = await writePieces(handle, pieces);
      await handle.sync();
      return { temporary, id, crc32: sum, bytes };
    } finally {
      await handle.close();
    }
  } catch (error) {
    await removeUnplaced({ temporary });
    throw error;
  }
}

/** Gives the block its name and waits for fsync of the directory. Once this returns, it survives a power cut. */
export async function placeBlock(
  directory: string,
  name: Omit<BlockName, "crc32" | "id">,
  { temporary, id, crc32, bytes }: UnplacedBlock,
): Promise<BlockFile> {
  const full: BlockName = { ...name, id, crc32 };
  const file = path.join(directory, formatBlockName(full));
  await rename(temporary, file);
  await syncDirectory(directory);
  return { file, name: full, bytes };
}

export async function removeUnplaced({ temporary }: Pick<UnplacedBlock, "temporary">): Promise<void> {
  await rm(temporary, { force: true });
}

/** Writes all pieces, usually in one call. Returns their bytes. */
async function writePieces(handle: FileHandle, pieces: readonly Uint8Array[]): Promise<number> {
  let bytes = 0;
  for (let rest = pieces.filter(({ length }) => length > 0); rest.length > 0;) {
    const { bytesWritten } = await handle.writev(rest.slice(0, PIECES_MAX));
    bytes += bytesWritten;
    let done = bytesWritten;
    let whole = 0;
    while (whole < rest.length && done >= rest[whole]!.length) done -= rest[whole++]!.length;
    rest = rest.slice(whole);
    if (done > 0) rest[0] = rest[0]!.subarray(done);
  }
  return bytes;
}

/** What a spool directory has. */
export interface SpoolListing {
  /** Oldest first. */
  readonly blocks: readonly BlockFile[];
  /** Paths of entries that have the name of a block but are not regular files. */
  readonly strange: readonly string[];
}

/** Sizes of block files by name: a block is never changed, so each is looked up once. */
export type BlockSizes = Map<string, number>;

/**
 * Lists a spool directory; an absent one counts as empty.
 * @param sizes what is known from an earlier list; it is brought up to date
 */
export async function listSpool(directory: string, sizes: BlockSizes = new Map()): Promise<SpoolListing> {
  const blocks: BlockFile[] = [];
  const strange: string[] = [];
  const there = new Set<string>();
  for (const entry of await readEntries(directory)) {
    const name = parseBlockName(entry.name);
    if (!name) continue;
    const file = path.join(directory, entry.name);
    if (!entry.isFile()) {
      strange.push(file);
      continue;
    }
    const bytes = sizes.get(entry.name) ?? (await sizeOf(file));
    // Another process may have removed it meanwhile.
    if (bytes === undefined) continue;
    there.add(entry.name);
    sizes.set(entry.name, bytes);
    blocks.push({ file, name, bytes });
  }
  for (const name of sizes.keys()) if (!there.has(name)) sizes.delete(name);
  return { blocks: blocks.sort((a, b) => compareBlockNames(a.name, b.name)), strange };
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
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

/** Block files that were set aside. */
export function listDamaged(directory: string): Promise<readonly BlockFile[]> {
  return listBlockFiles(path.join(directory, DAMAGED));
}

/** Moves a block file that was set aside back into the spool. */
export async function takeBack(directory: string, file: string): Promise<void> {
  await rename(file, path.join(directory, path.basename(file)));
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
