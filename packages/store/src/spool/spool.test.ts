import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ROW_BYTES } from "@ngflow/flows";
import { memoryLog } from "../testing/memory-log.ts";
import { batchOf, type TestRow } from "../testing/rows.ts";
import { listBlockFiles, verifyBlockFile } from "./block-file.ts";
import { formatBlockName, parseBlockName } from "./block-name.ts";
import { type BlockBackend, BlockRefusedError, createIngester } from "./ingester.ts";
import { createSpool } from "./spool.ts";

const isRoot = process.getuid?.() === 0;
const T0 = 1_767_355_200_000;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-spool-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const rows = (count: number): TestRow[] =>
  Array.from({ length: count }, (_, i) => ({ TimeReceived: 1000 + i, Bytes: i }));

/** A backend that keeps the ids and row counts it was given. */
function memoryBackend(fail: () => Error | undefined = () => undefined) {
  const stored: { id: string; rows: number; maybeStored: boolean }[] = [];
  const backend: BlockBackend = {
    insertBlock(block, maybeStored) {
      const error = fail();
      if (error) return Promise.reject(error);
      stored.push({ id: block.name.id, rows: block.name.rows, maybeStored });
      return Promise.resolve();
    },
  };
  return { backend, stored };
}

describe("block name", () => {
  it("reads what it wrote", () => {
    const name = { madeMs: 1_767_355_200_123, sequence: 42, id: "00ff00ff00ff00ff", rows: 65_536, crc32: 0xdeadbeef };
    expect(formatBlockName(name)).toBe("1767355200123-000042-00ff00ff00ff00ff-65536-deadbeef.native");
    expect(parseBlockName(formatBlockName(name))).toEqual(name);
  });

  it.each([
    "",
    "x.native",
    "1767355200123-000042-00ff00ff00ff00ff-65536-deadbeef.native.damaged",
    "../1767355200123.native",
  ])("leaves %j alone", (text) => expect(parseBlockName(text)).toBeUndefined());
});

describe("spool", () => {
  it("acknowledges what is on disk, in blocks of at most blockRows", async () => {
    const spool = createSpool({ directory: root, blockRows: 150, flushMs: 60_000 });
    await spool.start();
    expect(spool.write(batchOf(rows(250)))).toBe(250);
    await spool.flush();
    const blocks = await listBlockFiles(root);
    expect(blocks.map((block) => block.name.rows)).toEqual([150, 100]);
    for (const block of blocks) {
      expect(await verifyBlockFile(block)).toBe(true);
      expect((await stat(block.file)).size).toBe(block.bytes);
    }
    expect(spool.stats()).toMatchObject({ rowsTaken: 250, rowsAcknowledged: 250, pendingRows: 0, blocksWritten: 2 });
    expect(spool.stats().directoryBytes).toBe(blocks.reduce((sum, block) => sum + block.bytes, 0));
    await spool.stop();
  });

  it("writes by itself after flushMs", async () => {
    const spool = createSpool({ directory: root, flushMs: 5 });
    await spool.start();
    spool.write(batchOf(rows(3)));
    await expect.poll(() => spool.stats().rowsAcknowledged).toBe(3);
    await spool.stop();
  });

  it("makes fewer, larger blocks while nobody ingests", async () => {
    for (let i = 0; i < 257; i++) {
      const name = { madeMs: 1, sequence: i, id: "00ff00ff00ff00ff", rows: 1, crc32: 0 };
      await writeFile(path.join(root, formatBlockName(name)), "");
    }
    const spool = createSpool({ directory: root, flushMs: 40 });
    await spool.start();
    const startedMs = performance.now();
    spool.write(batchOf(rows(1)));
    await expect.poll(() => spool.stats().rowsAcknowledged, { interval: 5, timeout: 10_000 }).toBe(1);
    expect(performance.now() - startedMs).toBeGreaterThan(390);
    await spool.stop();
  });

  it("keeps the rows of a batch that is reused at once", async () => {
    const spool = createSpool({ directory: root });
    await spool.start();
    const batch = batchOf([{ Bytes: 1n }]);
    spool.write(batch);
    batch.columns.Bytes[0] = 99;
    await spool.stop();
    const [block] = await listBlockFiles(root);
    const bytes = await readFile(block!.file);
    const at = bytes.indexOf("Bytes") + "Bytes".length + 1 + "UInt64".length;
    expect(bytes.readBigUInt64LE(at)).toBe(1n);
  });

  it("takes rows again after another process made room in a full directory, and logs both", async () => {
    let nowMs = T0;
    const { log, lines } = memoryLog();
    const spool = createSpool({ directory: root, maxBytes: 10 * ROW_BYTES }, { log, nowMs: () => nowMs });
    await spool.start();
    expect(spool.write(batchOf(rows(20)))).toBe(20);
    expect(spool.write(batchOf(rows(5)))).toBe(0);
    await spool.flush();
    expect(spool.write(batchOf(rows(5)))).toBe(0);
    nowMs += 60_000;
    expect(spool.write(batchOf(rows(5)))).toBe(0);
    expect(spool.stats()).toMatchObject({ rowsTaken: 20, rowsAcknowledged: 20, rowsRefusedDirectory: 15 });
    for (const block of await listBlockFiles(root)) await rm(block.file);
    await expect
      .poll(() => {
        nowMs += 1000;
        return spool.write(batchOf(rows(5)));
      })
      .toBe(5);
    await spool.flush();
    expect(spool.stats()).toMatchObject({ rowsTaken: 25, rowsAcknowledged: 25 });
    expect(lines.map(({ message }) => message)).toEqual([
      "spool: full, rows are refused until a store takes blocks; start ngflow serve or raise the bound",
      "spool: still full, rows are refused",
      "spool: has room again, rows are taken",
    ]);
    expect(lines[1]!.fields).toMatchObject({ rows: 15, times: 3, seconds: 60 });
    await spool.stop();
  });

  it("measures a full directory at most once a second", async () => {
    let nowMs = T0;
    const spool = createSpool({ directory: root, maxBytes: 10 * ROW_BYTES }, { nowMs: () => nowMs });
    await spool.start();
    spool.write(batchOf(rows(20)));
    await spool.flush();
    for (const block of await listBlockFiles(root)) await rm(block.file);
    nowMs += 999;
    for (let i = 0; i < 3; i++) {
      expect(spool.write(batchOf(rows(1)))).toBe(0);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    nowMs += 1;
    await expect.poll(() => spool.write(batchOf(rows(1)))).toBe(1);
    await spool.stop();
  });

  it("makes its directory again when it was removed", async () => {
    const directory = path.join(root, "data", "spool");
    const spool = createSpool({ directory, flushMs: 5 });
    await spool.start();
    await rm(path.join(root, "data"), { recursive: true });
    spool.write(batchOf(rows(3)));
    await expect.poll(() => spool.stats().rowsAcknowledged, { timeout: 5000 }).toBe(3);
    expect((await listBlockFiles(directory)).map(({ name }) => name.rows)).toEqual([3]);
    await spool.stop();
  });

  it("removes half-written files of processes that are gone, not those of others", async () => {
    const gone = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim();
    await writeFile(path.join(root, `aa.${gone}.tmp`), "x");
    await writeFile(path.join(root, `bb.${process.ppid}.tmp`), "x");
    const spool = createSpool({ directory: root });
    await spool.start();
    expect(await readdir(root)).toEqual([`bb.${process.ppid}.tmp`]);
    await spool.stop();
  });

  it("refuses a directory that cannot be made", async () => {
    await writeFile(path.join(root, "file"), "");
    await expect(createSpool({ directory: path.join(root, "file", "spool") }).start()).rejects.toMatchObject({
      code: "spool-directory",
      exit: 73,
    });
  });

  it.skipIf(!isRoot)(
    `on a full disk keeps rows up to its bound, counts, and goes on when there is room${isRoot ? "" : " (skipped: a small file system needs root)"}`,
    async () => {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=512k", "tmpfs", root]);
      try {
        const spool = createSpool({ directory: root, blockRows: 500, flushMs: 5, maxPendingBytes: 1500 * ROW_BYTES });
        await spool.start();
        spool.write(batchOf(rows(500)));
        await spool.flush();
        await writeFile(path.join(root, "ballast"), Buffer.alloc(380_000));
        expect(spool.write(batchOf(rows(1000)))).toBe(1000);
        await expect(spool.flush()).rejects.toMatchObject({ code: "ENOSPC" });
        expect(spool.write(batchOf(rows(1000)))).toBe(500);
        expect(spool.stats()).toMatchObject({
          rowsTaken: 2000,
          rowsAcknowledged: 500,
          pendingRows: 1500,
          rowsRefusedMemory: 500,
        });
        expect(spool.stats().writeErrors).toBeGreaterThan(0);
        const survivors = await listBlockFiles(root);
        expect(survivors.map((block) => block.name.rows)).toEqual([500]);
        for (const block of survivors) expect(await verifyBlockFile(block)).toBe(true);
        expect((await readdir(root)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
        await rm(path.join(root, "ballast"));
        for (const block of survivors) await rm(block.file);
        await expect.poll(() => spool.stats().rowsAcknowledged, { timeout: 10_000 }).toBe(2000);
        await spool.stop();
      } finally {
        execFileSync("umount", [root]);
      }
    },
  );

  it("fills its memory with rows, not with small blocks, while the disk takes none", async () => {
    const directory = path.join(root, "spool");
    const spool = createSpool({ directory, blockRows: 500, flushMs: 1, maxPendingBytes: 1500 * ROW_BYTES });
    await spool.start();
    await rm(directory, { recursive: true });
    for (let i = 0; i < 20; i++) {
      expect(spool.write(batchOf(rows(10)))).toBe(10);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await mkdir(directory);
    await vi.waitFor(() => expect(spool.stats()).toMatchObject({ rowsAcknowledged: 200, pendingRows: 0 }), 5000);
    expect(spool.stats()).toMatchObject({ rowsRefusedMemory: 0, blocksWritten: 2 });
    await spool.stop();
  });

  it("counts rows the disk refuses at stop as lost", async () => {
    const directory = path.join(root, "spool");
    const spool = createSpool({ directory, flushMs: 60_000 });
    await spool.start();
    await rm(directory, { recursive: true });
    spool.write(batchOf(rows(7)));
    await spool.stop();
    expect(spool.stats()).toMatchObject({ rowsTaken: 7, rowsAcknowledged: 0, rowsLost: 7, pendingRows: 0 });
  });
});

describe("ingester", () => {
  const spoolRows = async (...counts: number[]): Promise<void> => {
    const spool = createSpool({ directory: root, flushMs: 60_000 });
    await spool.start();
    for (const count of counts) {
      spool.write(batchOf(rows(count)));
      await spool.flush();
    }
    await spool.stop();
  };

  it("stores blocks in order, once, and deletes them", async () => {
    await spoolRows(1, 2, 3);
    const { backend, stored } = memoryBackend();
    const ingester = createIngester({ directory: root, pollMs: 5 }, backend);
    await ingester.start();
    await expect.poll(() => ingester.stats().rowsStored).toBe(6);
    // What a process before us may have stored is asked about; what was written since is not.
    expect(stored.map(({ rows: n, maybeStored }) => [n, maybeStored])).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ]);
    await spoolRows(4);
    await expect.poll(() => stored.at(-1)).toMatchObject({ rows: 4, maybeStored: false });
    await ingester.stop();
    expect(await listBlockFiles(root)).toEqual([]);
    expect(ingester.stats()).toMatchObject({ blocksStored: 4, backlogBlocks: 0, backlogBytes: 0, insertErrors: 0 });
  });

  it("sets a damaged block aside and goes on", async () => {
    await spoolRows(10, 20, 30);
    const [, second] = await listBlockFiles(root);
    const bytes = await readFile(second!.file);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(second!.file, bytes);
    const { backend, stored } = memoryBackend();
    const ingester = createIngester({ directory: root }, backend);
    await ingester.drain();
    expect(stored.map((block) => block.rows)).toEqual([10, 30]);
    expect(ingester.stats()).toMatchObject({ rowsStored: 40, blocksDamaged: 1, rowsDamaged: 20 });
    expect(await readdir(root)).toEqual([`${path.basename(second!.file)}.damaged`]);
  });

  it("sets a truncated block aside", async () => {
    await spoolRows(10);
    const [block] = await listBlockFiles(root);
    await writeFile(block!.file, (await readFile(block!.file)).subarray(0, -1));
    const { backend, stored } = memoryBackend();
    const ingester = createIngester({ directory: root }, backend);
    await ingester.drain();
    expect(stored).toEqual([]);
    expect(ingester.stats().blocksDamaged).toBe(1);
  });

  it("goes on past what cannot be read, and says so", async () => {
    await spoolRows(1, 2);
    const first = { madeMs: 1, sequence: 0, id: "00ff00ff00ff00ff", rows: 5, crc32: 0 };
    await mkdir(path.join(root, formatBlockName(first)));
    const { backend, stored } = memoryBackend();
    const ingester = createIngester({ directory: root }, backend);
    await expect(ingester.drain()).rejects.toMatchObject({ code: "EISDIR" });
    expect(stored).toHaveLength(2);
    expect(ingester.stats()).toMatchObject({ rowsStored: 3, insertErrors: 1, backlogBlocks: 1 });
  });

  it("keeps a block the backend fails on, and asks before it repeats it", async () => {
    await spoolRows();
    let failures = 2;
    const { backend, stored } = memoryBackend(() => (failures-- > 0 ? new Error("no space") : undefined));
    const ingester = createIngester({ directory: root, pollMs: 5 }, backend);
    await ingester.start();
    await spoolRows(5);
    await expect.poll(() => ingester.stats().rowsStored, { timeout: 10_000 }).toBe(5);
    await ingester.stop();
    expect(stored).toEqual([expect.objectContaining({ rows: 5, maybeStored: true })]);
    expect(ingester.stats().insertErrors).toBe(2);
  });

  it("sets aside what the backend will never take", async () => {
    await spoolRows(5);
    const { backend } = memoryBackend(() => new BlockRefusedError("unknown type"));
    const ingester = createIngester({ directory: root }, backend);
    await ingester.drain();
    expect(ingester.stats()).toMatchObject({ blocksDamaged: 1, rowsStored: 0, backlogBlocks: 0 });
  });

  it("reports the failure that keeps a drain from ending", async () => {
    await spoolRows(5);
    const ingester = createIngester({ directory: root }, memoryBackend(() => new Error("no space")).backend);
    await expect(ingester.drain()).rejects.toThrow("no space");
    expect(await listBlockFiles(root)).toHaveLength(1);
  });

  it("takes an absent directory as empty", async () => {
    await chmod(root, 0o755);
    const ingester = createIngester({ directory: path.join(root, "none") }, memoryBackend().backend);
    await ingester.drain();
    expect(ingester.stats().backlogBlocks).toBe(0);
  });
});
