import { execFileSync } from "node:child_process";
import { mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStore, spoolDirectory } from "../create-store.ts";
import { createSpool } from "../spool/spool.ts";
import { batchOf } from "../testing/rows.ts";

const isRoot = process.getuid?.() === 0;
let root: string;
let ballast: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-full-"));
  ballast = path.join(root, "ballast");
  if (isRoot) execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", root]);
});

afterEach(async () => {
  if (isRoot) execFileSync("umount", ["-l", root]);
  await rm(root, { recursive: true, force: true });
});

/** Leaves about `bytes` free. */
async function fillDisk(bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(root);
  const written = writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - bytes)), { flag: "a" });
  await written.catch((error: NodeJS.ErrnoException) => expect(error.code).toBe("ENOSPC"));
}

describe.skipIf(!isRoot)(`store on a full disk${isRoot ? "" : " (skipped: a small file system needs root)"}`, () => {
  it("keeps what it has, keeps blocks in the spool, and stores them when there is room", async () => {
    const spool = createSpool({ directory: spoolDirectory(root), flushMs: 60_000 });
    const store = createStore({ directory: root, retentionDays: 0, ingest: false });
    await spool.start();
    await store.start();
    const total = async (): Promise<unknown> =>
      (await store.query({ fromMs: 0, toMs: 10_000, by: [], metric: "bytes" })).rows[0];
    spool.write(batchOf([{ TimeReceived: 1000, Bytes: 1 }]));
    await spool.flush();
    await store.drain();
    expect(await total()).toEqual({ bytes: 1 });

    spool.write(batchOf(Array.from({ length: 200 }, (_, i) => ({ TimeReceived: 2000 + i, Bytes: 1 }))));
    // Room for the block file, not for the part that is to be made of it.
    await fillDisk(80_000);
    await spool.flush();
    await fillDisk(0);
    await expect(store.drain()).rejects.toThrow(/No space left|NOT_ENOUGH_SPACE/);
    expect(await store.stats()).toMatchObject({ rowsTotal: 1, backlogBlocks: 1, blocksDamaged: 0, insertErrors: 1 });
    expect(await total()).toEqual({ bytes: 1 });

    await rm(ballast);
    await store.drain();
    expect(await store.stats()).toMatchObject({ rowsTotal: 201, backlogBlocks: 0 });
    expect(await total()).toEqual({ bytes: 201 });
    await spool.stop();
    await store.stop();
  }, 60_000);

  it("is not opened: exit 73, one line", async () => {
    await fillDisk(0);
    const store = createStore({ directory: root });
    const error = await store.start().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: "store-directory", exit: 73 });
    expect((error as Error).message).toContain(root);
    expect((error as Error).message).not.toContain("\n");
    await rm(ballast);
    await store.start();
    expect((await store.stats()).rowsTotal).toBe(0);
    await store.stop();
  }, 60_000);
});
