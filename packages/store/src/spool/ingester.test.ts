import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { crc32 } from "node:zlib";
import { Ledger } from "../ledger/ledger.ts";
import { memoryLog } from "../testing/memory-log.ts";
import { batchOf } from "../testing/rows.ts";
import { listBlockFiles } from "./block-file.ts";
import { type BlockName, formatBlockName } from "./block-name.ts";
import { createIngester } from "./ingester.ts";
import { type BlockBackend, BlockFailedError, type Ingester } from "./ingester-types.ts";
import { createSpool } from "./spool.ts";

let root: string;
let spoolDirectory: string;
let ledger: Ledger;

const ledgerFile = (): string => path.join(root, "ledger.json");
const openLedger = async (): Promise<Ledger> => (await Ledger.open(ledgerFile())).ledger;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-ingester-"));
  spoolDirectory = path.join(root, "spool");
  await mkdir(spoolDirectory);
  ledger = await openLedger();
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** A backend that keeps what it was given, with all rows on one day. `fail` may refuse a block. */
function memoryBackend(fail: (block: BlockName) => Error | undefined = () => undefined) {
  const stored: { id: string; rows: number; maybeStored: boolean }[] = [];
  const backend: BlockBackend = {
    insertBlock({ name }, _, maybeStored) {
      const error = fail(name);
      if (error) return Promise.reject(error);
      stored.push({ id: name.id, rows: name.rows, maybeStored });
      return Promise.resolve(new Map([["2026-01-02", name.rows]]));
    },
    hasRows: () => Promise.resolve(false),
  };
  return { backend, stored };
}

function ingesterOf(backend: BlockBackend, deps: object = {}): Ingester {
  return createIngester({ directory: spoolDirectory, pollMs: 5 }, backend, { ledger, ...deps });
}

/** A block for each count, with that many rows. */
async function spoolRows(...counts: number[]): Promise<void> {
  const spool = createSpool({ directory: spoolDirectory, ledgerFile: ledgerFile(), flushMs: 60_000 });
  await spool.start();
  for (const count of counts) {
    spool.write(batchOf(Array.from({ length: count }, (_, i) => ({ TimeReceived: 1000 + i, Bytes: i }))));
    await spool.flush();
  }
  await spool.stop();
}

/** Writes a file whose name has the right checksum. */
async function plant(content: string, name: Partial<BlockName> = {}): Promise<string> {
  const full = { madeMs: 1, sequence: 0, id: "00ff00ff00ff00ff", rows: 5, total: null, crc32: crc32(content), ...name };
  await writeFile(path.join(spoolDirectory, formatBlockName(full)), content);
  return formatBlockName(full);
}

const balanced = (ingester: Ingester): boolean => {
  const { acknowledged, stored, dropped, damaged, waiting } = ledger.sums(ingester.waiting());
  return acknowledged === stored + dropped + damaged + waiting && damaged >= 0;
};

describe("ingester", () => {
  it("stores blocks in order, once, and deletes them", async () => {
    await spoolRows(1, 2, 3);
    const { backend, stored } = memoryBackend();
    const ingester = ingesterOf(backend);
    await ingester.start();
    expect(ledger.sums(ingester.waiting())).toMatchObject({ acknowledged: 6, stored: 0, waiting: 6 });
    await expect.poll(() => ingester.stats().rowsStored).toBe(6);
    // What a process before us may have stored is asked about; what was written since is not.
    expect(stored.map(({ rows, maybeStored }) => [rows, maybeStored])).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ]);
    await spoolRows(4);
    await expect.poll(() => stored.at(-1)).toMatchObject({ rows: 4, maybeStored: false });
    await expect.poll(() => listBlockFiles(spoolDirectory)).toEqual([]);
    await ingester.stop();
    expect(ingester.stats()).toMatchObject({ blocksStored: 4, backlogBlocks: 0, backlogBytes: 0, insertErrors: 0 });
    expect(ledger.sums([])).toEqual({ acknowledged: 10, stored: 10, dropped: 0, damaged: 0, waiting: 0 });
  });

  it("stores what comes now while a long backlog is caught up with, and all of it once", async () => {
    await spoolRows(...Array.from({ length: 150 }, (_, i) => i + 1));
    const { backend, stored } = memoryBackend();
    const ingester = ingesterOf(backend);
    await ingester.drain();
    const rows = stored.map((block) => block.rows);
    expect(rows.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 150 }, (_, i) => i + 1));
    expect(rows.slice(0, 17)).toEqual([...Array.from({ length: 16 }, (_, i) => 135 + i), 1]);
    expect(balanced(ingester)).toBe(true);
    expect(ledger.sums(ingester.waiting())).toMatchObject({ acknowledged: 11_325, stored: 11_325, damaged: 0 });
  });

  it("stores what comes during a catch-up within a round", async () => {
    const backlog = 200;
    await spoolRows(...Array.from({ length: backlog }, () => 1));
    const { backend, stored } = memoryBackend();
    const came: number[] = [];
    const insertBlock: BlockBackend["insertBlock"] = async (...block) => {
      const days = await backend.insertBlock(...block);
      if (stored.length % 40 === 1 && came.length < 4) {
        came.push(stored.length);
        await spoolRows(1000 + came.length);
      }
      return days;
    };
    const ingester = ingesterOf({ ...backend, insertBlock });
    await ingester.drain();
    await ingester.drain();
    expect(stored).toHaveLength(backlog + came.length);
    // At most the rest of one round and its newest are stored before.
    const waited = came.map((at, i) => stored.findIndex(({ rows }) => rows === 1001 + i) - at);
    expect(waited).toHaveLength(4);
    for (const blocks of waited) expect(blocks).toBeLessThanOrEqual(64 + 16);
    expect(balanced(ingester)).toBe(true);
  });

  describe("with a longest wait", () => {
    let sinceMs = 0;
    const isTooOld = (madeMs: number): boolean => madeMs < sinceMs;
    const away: BlockBackend = {
      insertBlock: () => Promise.reject(new Error("the server is away")),
      hasRows: () => Promise.reject(new Error("the server is away")),
    };
    beforeEach(() => {
      sinceMs = 0;
    });

    it("drops blocks while the database is away, and counts them", async () => {
      const ingester = ingesterOf(away, { isTooOld });
      await ingester.look();
      await spoolRows(1, 2, 4, 8);
      await expect(ingester.drain()).rejects.toThrow("away");
      const blocks = await listBlockFiles(spoolDirectory);
      sinceMs = Date.now() + 1;
      await expect(ingester.drain()).rejects.toThrow("away");
      // It may have the rows of the one that it was given.
      expect((await listBlockFiles(spoolDirectory)).map(({ name }) => name.id)).toEqual([blocks[0]!.name.id]);
      expect(ingester.stats()).toMatchObject({ rowsDroppedWaiting: 14, backlogBlocks: 1, rowsDamaged: 0 });
      expect(ingester.stats().backlogMs).toBeGreaterThanOrEqual(0);
      expect(ledger.sums(ingester.waiting())).toEqual({
        ...{ acknowledged: 15, stored: 0, dropped: 14, damaged: 0, waiting: 1 },
      });
      ledger = await openLedger();
      expect(ledger.droppedWaiting).toBe(14);
      const { backend, stored } = memoryBackend();
      await ingesterOf(backend, { isTooOld }).drain();
      expect(stored).toEqual([]);
      expect(ledger.sums([])).toMatchObject({ acknowledged: 15, stored: 0, dropped: 15, damaged: 0 });
    });

    it("stores a block of which the database has rows, and one that was taken back", async () => {
      await spoolRows(3);
      const { backend, stored } = memoryBackend();
      sinceMs = Date.now() + 1;
      const first = ingesterOf({ ...backend, hasRows: () => Promise.resolve(true) }, { isTooOld });
      await first.drain();
      expect(stored).toMatchObject([{ rows: 3, maybeStored: true }]);
      sinceMs = 0;
      await spoolRows(5);
      const [block] = await listBlockFiles(spoolDirectory);
      await mkdir(path.join(spoolDirectory, "damaged"));
      await rename(block!.file, path.join(spoolDirectory, "damaged", path.basename(block!.file)));
      sinceMs = Date.now() + 1;
      const second = ingesterOf(backend, { isTooOld });
      expect(await second.takeBack()).toBe(1);
      await second.drain();
      expect(stored).toMatchObject([{ rows: 3 }, { rows: 5 }]);
      expect(second.stats().rowsDroppedWaiting).toBe(0);
    });
  });

  it("does not store again what the ledger has, and counts it once", async () => {
    await spoolRows(2);
    const [block] = await listBlockFiles(spoolDirectory);
    const content = await readFile(block!.file);
    const first = memoryBackend();
    await ingesterOf(first.backend).drain();
    // As after a power cut: the ledger is durable, the deletion of the file is not.
    await writeFile(block!.file, content);
    ledger = await openLedger();
    const second = memoryBackend();
    const ingester = ingesterOf(second.backend);
    await ingester.drain();
    expect(second.stored).toEqual([]);
    expect(await listBlockFiles(spoolDirectory)).toEqual([]);
    expect(ledger.sums([])).toMatchObject({ acknowledged: 2, stored: 2, damaged: 0 });
  });

  it("keeps the file until the ledger is durable", async () => {
    await spoolRows(2);
    const { backend, stored } = memoryBackend();
    await mkdir(`${ledgerFile()}.tmp`);
    const ingester = ingesterOf(backend);
    await expect(ingester.drain()).rejects.toMatchObject({ code: expect.stringContaining("EISDIR") });
    expect(await listBlockFiles(spoolDirectory)).toHaveLength(1);
    await rm(`${ledgerFile()}.tmp`, { recursive: true });
    await ingester.drain();
    expect(await listBlockFiles(spoolDirectory)).toEqual([]);
    expect(stored).toHaveLength(1);
    expect((await openLedger()).sums([])).toMatchObject({ acknowledged: 2, stored: 2 });
  });

  it("sets a damaged block aside and goes on", async () => {
    await spoolRows(10, 20, 30);
    const [, second] = await listBlockFiles(spoolDirectory);
    const bytes = await readFile(second!.file);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(second!.file, bytes);
    const { backend, stored } = memoryBackend();
    const ingester = ingesterOf(backend);
    await ingester.drain();
    expect(stored.map(({ rows }) => rows)).toEqual([10, 30]);
    expect(ingester.stats()).toMatchObject({ rowsStored: 40, blocksDamaged: 1, rowsDamaged: 20 });
    expect(await readdir(path.join(spoolDirectory, "damaged"))).toEqual([path.basename(second!.file)]);
    expect(ledger.sums([])).toEqual({ acknowledged: 60, stored: 40, dropped: 0, damaged: 20, waiting: 0 });
  });

  it("counts the rows of a block that disappeared as damaged", async () => {
    await spoolRows(10, 20, 30);
    const [, second] = await listBlockFiles(spoolDirectory);
    await rm(second!.file);
    await ingesterOf(memoryBackend().backend).drain();
    expect(ledger.sums([])).toEqual({ acknowledged: 60, stored: 40, dropped: 0, damaged: 20, waiting: 0 });
  });

  it.each([
    ["is truncated", (bytes: Buffer) => bytes.subarray(0, -1)],
    ["is longer", (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)])],
    ["is empty", () => Buffer.alloc(0)],
    ["starts with another number of columns", (bytes: Buffer) => Buffer.concat([Buffer.of(1), bytes.subarray(1)])],
    [
      "has more rows than bytes",
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 1), Buffer.of(9), bytes.subarray(2)]),
    ],
    ["is a text", () => Buffer.from("not native at all")],
  ])("sets a block aside that %s, although its checksum is right", async (_, change) => {
    await spoolRows(10, 1);
    const [block] = await listBlockFiles(spoolDirectory);
    const content = change(await readFile(block!.file));
    await rm(block!.file);
    await writeFile(path.join(spoolDirectory, formatBlockName({ ...block!.name, crc32: crc32(content) })), content);
    const { backend, stored } = memoryBackend();
    const { log, lines } = memoryLog();
    const ingester = ingesterOf(backend, { log });
    await ingester.drain();
    expect(stored.map(({ rows }) => rows)).toEqual([1]);
    expect(ingester.stats()).toMatchObject({ blocksDamaged: 1, rowsDamaged: 10, insertErrors: 0, backlogBlocks: 0 });
    expect(lines).toHaveLength(1);
    expect(ledger.sums([])).toMatchObject({ acknowledged: 11, stored: 1, damaged: 10 });
  });

  it("sets entries aside that are not files, without opening them", async () => {
    await spoolRows(1);
    const name = (sequence: number): string =>
      formatBlockName({ madeMs: 1, sequence, id: "00ff00ff00ff00ff", rows: 5, total: null, crc32: 0 });
    const at = (sequence: number): string => path.join(spoolDirectory, name(sequence));
    execFileSync("mkfifo", [at(1)]);
    await mkdir(at(2));
    await symlink("/dev/zero", at(3));
    const server = createServer();
    // A socket's path is short; the name of a block is not.
    await new Promise<void>((resolve) => server.listen(path.join(root, "s"), resolve));
    execFileSync("mv", [path.join(root, "s"), at(4)]);
    const { backend, stored } = memoryBackend();
    const { log, lines } = memoryLog();
    const ingester = ingesterOf(backend, { log });
    await ingester.drain();
    server.close();
    expect(stored).toHaveLength(1);
    expect(await readdir(path.join(spoolDirectory, "damaged"))).toEqual([1, 2, 3, 4].map(name));
    expect(lines.map(({ fields }) => fields)).toHaveLength(4);
    expect(ingester.stats()).toMatchObject({ blocksDamaged: 4, rowsDamaged: 0, insertErrors: 0, backlogBlocks: 0 });
    expect(balanced(ingester)).toBe(true);
  });

  it("keeps a block the backend fails on, and asks before it repeats it", async () => {
    await spoolRows();
    let failures = 2;
    const { backend, stored } = memoryBackend(() => (failures-- > 0 ? new Error("no space") : undefined));
    const ingester = ingesterOf(backend);
    await ingester.start();
    await spoolRows(5);
    await expect.poll(() => ingester.stats().rowsStored, { timeout: 10_000 }).toBe(5);
    await ingester.stop();
    expect(stored).toEqual([expect.objectContaining({ rows: 5, maybeStored: true })]);
    expect(ingester.stats().insertErrors).toBe(2);
  });

  it("sets a block aside that fails while others are stored, and never one that fails like the others", async () => {
    await spoolRows(7);
    const [bad] = await listBlockFiles(spoolDirectory);
    const fail = ({ id }: BlockName): Error | undefined =>
      id === bad!.name.id ? new BlockFailedError("unknown column") : undefined;
    const { backend, stored } = memoryBackend(fail);
    const ingester = ingesterOf(backend);
    for (let i = 0; i < 10; i++) await expect(ingester.drain()).rejects.toThrow("unknown column");
    expect(ingester.stats()).toMatchObject({ blocksDamaged: 0, backlogBlocks: 1 });
    for (let i = 0; i < 4; i++) {
      await spoolRows(1);
      await expect(ingester.drain()).rejects.toThrow("unknown column");
    }
    await spoolRows(1);
    await ingester.drain();
    expect(stored).toHaveLength(5);
    expect(ingester.stats()).toMatchObject({ blocksDamaged: 1, rowsDamaged: 7, backlogBlocks: 0 });
    expect(ledger.sums([])).toEqual({ acknowledged: 12, stored: 5, dropped: 0, damaged: 7, waiting: 0 });
  });

  it("goes on past a file that cannot be moved, and says so", async () => {
    await spoolRows(1, 2);
    await plant("not a block");
    // The folder for what is set aside cannot be made.
    await writeFile(path.join(spoolDirectory, "damaged"), "");
    const { backend, stored } = memoryBackend();
    const ingester = ingesterOf(backend);
    await expect(ingester.drain()).rejects.toMatchObject({ code: "EEXIST" });
    expect(stored).toHaveLength(2);
    expect(ingester.stats()).toMatchObject({ rowsStored: 3, insertErrors: 1, backlogBlocks: 1 });
  });

  it("logs an outage once, and its end", async () => {
    await spoolRows(5);
    let down = true;
    const { log, lines } = memoryLog();
    const { backend } = memoryBackend(() => (down ? new Error("no space") : undefined));
    const ingester = ingesterOf(backend, { log });
    for (let i = 0; i < 3; i++) await expect(ingester.drain()).rejects.toThrow("no space");
    expect(await listBlockFiles(spoolDirectory)).toHaveLength(1);
    down = false;
    await ingester.drain();
    expect(lines.map(({ message }) => message)).toEqual([
      "store: cannot store a block; it stays in the spool and will be tried again",
      "store: blocks are stored again",
    ]);
  });

  it("takes blocks of older releases, whose names have no total", async () => {
    await spoolRows(5);
    const [block] = await listBlockFiles(spoolDirectory);
    const old = formatBlockName({ ...block!.name, total: null }).slice("000".length);
    execFileSync("mv", [block!.file, path.join(spoolDirectory, old)]);
    const ingester = ingesterOf(memoryBackend().backend);
    await ingester.drain();
    expect(ledger.sums([])).toEqual({ acknowledged: 5, stored: 5, dropped: 0, damaged: 0, waiting: 0 });
  });

  it("takes an absent directory as empty", async () => {
    await rm(spoolDirectory, { recursive: true });
    const ingester = ingesterOf(memoryBackend().backend);
    await ingester.drain();
    expect(ingester.stats().backlogBlocks).toBe(0);
  });
});
