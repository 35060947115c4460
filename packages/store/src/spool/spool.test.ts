import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { COLUMNS, KIND_BYTES, ROW_BYTES } from "@ngflow/flows";
import { EMPTY_LEDGER, writeLedger } from "../ledger/ledger-file.ts";
import { memoryLog } from "../testing/memory-log.ts";
import { batchOf, type TestRow } from "../testing/rows.ts";
import { checkBlockFile, listBlockFiles } from "./block-file.ts";
import { compareBlockNames, formatBlockName, parseBlockName } from "./block-name.ts";
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

/** Rows with a value in every column that needs all its bytes: a block of them has ROW_BYTES for each. */
const wholeRows = (count: number): TestRow[] => {
  const addresses = COLUMNS.flatMap(({ name, kind }) => (kind === "ip" ? [name] : []));
  const row = Object.fromEntries(COLUMNS.map(({ name, kind }) => [name, 2 ** (8 * KIND_BYTES[kind] - 8)]));
  return Array.from({ length: count }, (_, i) => ({
    ...row,
    ...Object.fromEntries(addresses.map((name) => [name, `2001:db8::${i.toString(16)}`])),
    TimeReceived: 1000 + i,
  }));
};

describe("block name", () => {
  const name = {
    madeMs: T0 + 123,
    sequence: 42,
    id: "00ff00ff00ff00ff",
    rows: 65_536,
    total: 70_000,
    crc32: 0xdeadbeef,
  };

  it("reads what it wrote", () => {
    expect(formatBlockName(name)).toBe("0001767355200123-000042-00ff00ff00ff00ff-65536-70000-deadbeef.native");
    expect(parseBlockName(formatBlockName(name))).toEqual(name);
  });

  it("reads names of older releases, and sorts both by age", () => {
    const old = parseBlockName("1767355200124-000000-00ff00ff00ff00ff-65536-deadbeef.native");
    expect(old).toEqual({ ...name, madeMs: T0 + 124, sequence: 0, total: null });
    const later = { ...name, madeMs: T0 + 125 };
    expect([later, old!, name].sort(compareBlockNames)).toEqual([name, old, later]);
  });

  it.each([0, -1, Date.UTC(2290, 0), Date.UTC(9999, 0)])("has room for the time %d", (madeMs) =>
    expect(parseBlockName(formatBlockName({ ...name, madeMs }))).toEqual({ ...name, madeMs: Math.max(0, madeMs) }),
  );

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
      expect(await checkBlockFile(block)).toEqual({ minMs: expect.any(Number), maxMs: expect.any(Number) });
      expect((await stat(block.file)).size).toBe(block.bytes);
    }
    expect(spool.stats()).toMatchObject({ rowsTaken: 250, rowsAcknowledged: 250, pendingRows: 0, blocksWritten: 2 });
    expect(spool.stats().directoryBytes).toBe(blocks.reduce((sum, block) => sum + block.bytes, 0));
    await spool.stop();
  });

  it("writes several blocks at a time, and names them in order", async () => {
    const spool = createSpool({ directory: root, blockRows: 15_000, flushMs: 60_000 });
    await spool.start();
    const batch = batchOf(rows(15_000));
    for (let i = 0; i < 8; i++) expect(spool.write(batch)).toBe(15_000);
    let most = 0;
    const flushed = spool.flush().then(() => true);
    for (let isDone = false; !isDone;) {
      most = Math.max(most, (await readdir(root)).filter((name) => name.endsWith(".tmp")).length);
      isDone = await Promise.race([flushed, new Promise<false>((r) => setImmediate(r, false))]);
    }
    expect(most).toBeGreaterThan(1);
    const blocks = await listBlockFiles(root);
    expect(blocks.map(({ name }) => name.total)).toEqual(blocks.map((_, i) => 15_000 * (i + 1)));
    expect((await readdir(root)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    await spool.stop();
  });

  it("has larger blocks the faster rows come, and smaller ones again", async () => {
    const advised: number[] = [];
    const advise = (memory: Uint8Array): void => void advised.push(memory.length);
    const spool = createSpool({ directory: root, flushMs: 60_000 }, { advise });
    await spool.start();
    const batch = batchOf(rows(4096));
    const write = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) expect(spool.write(batch)).toBe(4096);
      await spool.flush();
    };
    await write(90);
    for (let i = 0; i < 4; i++) await write(1);
    const blocks = await listBlockFiles(root);
    // 90 times 4096 rows: the third size would be full after 64 times.
    expect(blocks.map(({ name }) => name.rows)).toEqual([16_384, 65_536, 262_144, 24_576, 4096, 4096, 4096, 4096]);
    expect(advised.map((bytes) => Math.floor(bytes / ROW_BYTES / 1024))).toEqual([64, 256, 256]);
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
      const name = { madeMs: 1, sequence: i, id: "00ff00ff00ff00ff", rows: 1, total: 1, crc32: 0 };
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
    const at = bytes.indexOf("Bytes") + "Bytes".length + 1 + "UInt8".length;
    expect(bytes.readUInt8(at)).toBe(1);
  });

  it("goes on with the total of earlier runs", async () => {
    const ledgerFile = path.join(root, "ledger.json");
    const directory = path.join(root, "spool");
    const totals = async (): Promise<(number | null)[]> =>
      (await listBlockFiles(directory)).map(({ name }) => name.total);
    const run = async (count: number): Promise<void> => {
      const spool = createSpool({ directory, ledgerFile });
      await spool.start();
      spool.write(batchOf(rows(count)));
      await spool.stop();
    };
    await run(3);
    await run(4);
    expect(await totals()).toEqual([3, 7]);
    for (const { file } of await listBlockFiles(directory)) await rm(file);
    await writeLedger(ledgerFile, { ...EMPTY_LEDGER, acknowledged: 7 });
    await run(5);
    expect(await totals()).toEqual([12]);
  });

  it("takes rows again after another process made room in a full directory, and logs both", async () => {
    let nowMs = T0;
    const { log, lines } = memoryLog();
    const spool = createSpool({ directory: root, maxBytes: 10 * ROW_BYTES }, { log, nowMs: () => nowMs });
    await spool.start();
    expect(spool.write(batchOf(wholeRows(20)))).toBe(20);
    expect(spool.write(batchOf(wholeRows(5)))).toBe(0);
    await spool.flush();
    expect(spool.write(batchOf(wholeRows(5)))).toBe(0);
    nowMs += 60_000;
    expect(spool.write(batchOf(wholeRows(5)))).toBe(0);
    expect(spool.stats()).toMatchObject({ rowsTaken: 20, rowsAcknowledged: 20, rowsRefusedDirectory: 15 });
    for (const block of await listBlockFiles(root)) await rm(block.file);
    await expect
      .poll(() => {
        nowMs += 1000;
        return spool.write(batchOf(wholeRows(5)));
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
    spool.write(batchOf(wholeRows(20)));
    await spool.flush();
    for (const block of await listBlockFiles(root)) await rm(block.file);
    nowMs += 999;
    for (let i = 0; i < 3; i++) {
      expect(spool.write(batchOf(wholeRows(1)))).toBe(0);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    nowMs += 1;
    await expect.poll(() => spool.write(batchOf(wholeRows(1)))).toBe(1);
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
      // Four blocks of room, half a block beside the first one and the ballast.
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${2000 * ROW_BYTES}`, "tmpfs", root]);
      try {
        const spool = createSpool({ directory: root, blockRows: 500, flushMs: 5, maxPendingBytes: 1500 * ROW_BYTES });
        await spool.start();
        spool.write(batchOf(wholeRows(500)));
        await spool.flush();
        await writeFile(path.join(root, "ballast"), Buffer.alloc(1250 * ROW_BYTES));
        expect(spool.write(batchOf(wholeRows(1000)))).toBe(1000);
        await expect(spool.flush()).rejects.toMatchObject({ code: "ENOSPC" });
        expect(spool.write(batchOf(wholeRows(1000)))).toBe(500);
        expect(spool.stats()).toMatchObject({
          rowsTaken: 2000,
          rowsAcknowledged: 500,
          pendingRows: 1500,
          rowsRefusedMemory: 500,
        });
        expect(spool.stats().writeErrors).toBeGreaterThan(0);
        const survivors = await listBlockFiles(root);
        expect(survivors.map((block) => block.name.rows)).toEqual([500]);
        for (const block of survivors)
          expect(await checkBlockFile(block)).toEqual({ minMs: expect.any(Number), maxMs: expect.any(Number) });
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
    await writeFile(directory, "");
    for (let i = 0; i < 20; i++) {
      expect(spool.write(batchOf(wholeRows(10)))).toBe(10);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await rm(directory);
    await vi.waitFor(() => expect(spool.stats()).toMatchObject({ rowsAcknowledged: 200, pendingRows: 0 }), 5000);
    expect(spool.stats()).toMatchObject({ rowsRefusedMemory: 0, blocksWritten: 2 });
    await spool.stop();
  });

  it.each([
    [{}, 2000],
    [{ Extra: { note: "x".repeat(200) } }, 1000],
  ])("fields without a column take of the memory that may wait (%#)", async (fields, taken) => {
    const directory = path.join(root, "spool");
    const spool = createSpool({ directory, blockRows: 500, maxPendingBytes: 2000 * ROW_BYTES });
    await spool.start();
    await rm(directory, { recursive: true });
    await writeFile(directory, "");
    expect(spool.write(batchOf(wholeRows(2500).map((row) => ({ ...row, ...fields }))))).toBe(taken);
    expect(spool.stats()).toMatchObject({ rowsTaken: taken, rowsRefusedMemory: 2500 - taken });
    await rm(directory);
    await vi.waitFor(() => expect(spool.stats()).toMatchObject({ rowsAcknowledged: taken }), 5000);
    await spool.stop();
  });

  it("counts rows the disk refuses at stop as lost", async () => {
    const directory = path.join(root, "spool");
    const spool = createSpool({ directory, flushMs: 60_000 });
    await spool.start();
    await rm(directory, { recursive: true });
    spool.write(batchOf(wholeRows(7)));
    await spool.stop();
    expect(spool.stats()).toMatchObject({ rowsTaken: 7, rowsAcknowledged: 0, rowsLost: 7, pendingRows: 0 });
  });
});
