import { cp, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStore, ledgerFile, spoolDirectory, storeDirectory } from "../create-store.ts";
import { createSpool } from "../spool/spool.ts";
import type { Store, StoreStats } from "../store.ts";
import { type LogLine, memoryLog } from "../testing/memory-log.ts";
import { batchOf } from "../testing/rows.ts";

const DAY = 86_400_000;
const T0 = Date.UTC(2026, 10, 1, 12);
const ROWS = 3000;
let root: string;
let lines: readonly LogLine[];

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-damage-"));
  const spool = createSpool({ directory: spoolDirectory(root), ledgerFile: ledgerFile(root), flushMs: 60_000 });
  await spool.start();
  const row = (i: number): object => {
    const ms = T0 + (i % 3) * DAY + i;
    return { TimeReceived: ms, TimeStart: ms, TimeEnd: ms, Bytes: 1, SrcPort: (i * 7919) % 65_536 };
  };
  spool.write(batchOf(Array.from({ length: ROWS }, (_, i) => row(i))));
  await spool.stop();
  await withStore((store) => store.drain());
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function withStore<T>(use: (store: Store) => Promise<T>): Promise<T> {
  const kept = memoryLog();
  lines = kept.lines;
  const store = createStore({ directory: root, retentionDays: 0, ingest: false }, { log: kept.log });
  await store.start();
  try {
    return await use(store);
  } finally {
    await store.stop();
  }
}

/** Paths in the database that match, without the folder of links. */
async function found(pattern: RegExp): Promise<string[]> {
  const files = await readdir(storeDirectory(root), { recursive: true });
  return files
    .filter((file) => file.startsWith("store/") && pattern.test(file))
    .map((file) => path.join(storeDirectory(root), file));
}

/** A file of the part of the second day. */
async function file(pattern: string): Promise<string> {
  const [first] = await found(new RegExp(`/20261102_[0-9_]+/${pattern}$`));
  return first!;
}

const bytesOf = async (store: Store): Promise<unknown> =>
  store.query({ fromMs: T0 - DAY, toMs: T0 + 5 * DAY, by: [], metric: "bytes" });

const sums = (stats: StoreStats): number[] => {
  expect(stats.ledgerStored + stats.ledgerDropped + stats.ledgerDamaged + stats.ledgerWaiting).toBe(
    stats.ledgerAcknowledged,
  );
  return [stats.ledgerAcknowledged, stats.ledgerStored, stats.ledgerDamaged];
};

const warnings = (): string[] => lines.filter(({ level }) => level === "warn").map(({ message }) => message);

const LACKING: readonly (readonly [what: string, damage: () => Promise<void>])[] = [
  ["a truncated column", async () => truncate(await file("data.bin"), 10)],
  ["checksums of garbage", async () => writeFile(await file("checksums.txt"), "garbage")],
  ["a count of garbage", async () => writeFile(await file("count.txt"), "x")],
  ["a partition of garbage", async () => writeFile(await file("partition.dat"), "x")],
  ["a missing column", async () => rm(await file("data.bin"))],
  ["a missing part", async () => rm(path.dirname(await file("count.txt")), { recursive: true })],
];

describe("a database that was damaged while it was closed", () => {
  it.each(LACKING)(
    "with %s: counts the rows, names the day once, answers the rest",
    async (_, damage) => {
      await damage();
      await withStore(async (store) => {
        const stats = await store.stats();
        expect(sums(stats)).toEqual([ROWS, (ROWS / 3) * 2, ROWS / 3]);
        expect(stats.rowsMissing).toBe(ROWS / 3);
        expect(warnings()).toEqual([`store: ${ROWS / 3} rows are missing or damaged; restore them from a backup`]);
        expect(lines.find(({ level }) => level === "warn")!.fields).toMatchObject({
          days: [`2026-11-02: ${ROWS / 3}`],
        });
        expect(await bytesOf(store)).toMatchObject({ rows: [{ bytes: (ROWS / 3) * 2 }], missing: ["2026-11-02"] });
        const other = { fromMs: T0 + 2 * DAY, toMs: T0 + 5 * DAY, by: [], metric: "bytes" } as const;
        expect((await store.query(other)).missing).toBeUndefined();
        // The damaged part is whole for nobody: it is not attached.
        const repaired = await store.repair();
        expect(repaired).toMatchObject({ partsAttached: [], missing: [{ day: "2026-11-02", rows: ROWS / 3 }] });
        expect(sums(await store.stats())).toEqual([ROWS, (ROWS / 3) * 2, ROWS / 3]);
      });
    },
    60_000,
  );

  it("with a wrong byte in the data: a query leaves the part out and names its day", async () => {
    const data = await file("data.bin");
    const bytes = await readFile(data);
    bytes[bytes.length >> 1]! ^= 255;
    await writeFile(data, bytes);
    await withStore(async (store) => {
      expect((await store.stats()).rowsMissing).toBe(0);
      const { rows, missing } = await store.flows({ fromMs: T0 - DAY, toMs: T0 + 5 * DAY, limit: 10_000 });
      expect(rows).toHaveLength((ROWS / 3) * 2);
      expect(missing).toEqual(["2026-11-02"]);
      const { damaged, missing: lacking } = await store.verify();
      expect(damaged).toEqual([
        { part: expect.stringMatching(/^20261102_/), reason: expect.stringMatching(/[Cc]hecksum/) },
      ]);
      expect(lacking).toEqual([{ day: "2026-11-02", rows: ROWS / 3 }]);
      expect(await store.stats()).toMatchObject({ partsDamaged: 1, rowsMissing: ROWS / 3, rowsTotal: ROWS });
      expect(sums(await store.stats())).toEqual([ROWS, (ROWS / 3) * 2, ROWS / 3]);
    });
  }, 60_000);

  it("is found by the check of parts although no query met it", async () => {
    const data = await file("data.bin");
    const bytes = await readFile(data);
    bytes[bytes.length >> 1]! ^= 255;
    await writeFile(data, bytes);
    await withStore(async (store) => {
      expect((await store.verify()).damaged).toHaveLength(1);
      expect(sums(await store.stats())).toEqual([ROWS, (ROWS / 3) * 2, ROWS / 3]);
    });
  }, 60_000);

  it("gets a part back that is whole again", async () => {
    const count = await file("count.txt");
    const content = await readFile(count);
    await writeFile(count, "x");
    await withStore(async (store) => expect((await store.stats()).rowsMissing).toBe(ROWS / 3));
    const [detached] = await found(/detached\/[^/]+\/count\.txt$/);
    await writeFile(detached!, content);
    await withStore(async (store) => {
      expect(await store.repair()).toMatchObject({ partsAttached: [expect.stringMatching(/^20261102_/)], missing: [] });
      expect(sums(await store.stats())).toEqual([ROWS, ROWS, 0]);
      expect(await bytesOf(store)).toMatchObject({ rows: [{ bytes: ROWS }] });
      // A second copy of rows that are there is not attached.
      expect((await store.repair()).partsAttached).toEqual([]);
    });
  }, 60_000);

  it("does not attach a copy of rows that are not missing", async () => {
    const part = path.dirname(await file("count.txt"));
    await cp(part, path.join(path.dirname(part), "detached", "20261102_90_90_0"), { recursive: true });
    await withStore(async (store) => {
      expect(await store.repair()).toMatchObject({ partsAttached: [], detached: [{ part: "20261102_90_90_0" }] });
      expect(sums(await store.stats())).toEqual([ROWS, ROWS, 0]);
    });
  }, 60_000);

  it("without the definition of its table: counts all rows, and repair brings them back", async () => {
    const metadata = (await readdir(storeDirectory(root), { recursive: true })).filter((name) =>
      name.endsWith("flows.sql"),
    );
    expect(metadata.length).toBeGreaterThan(0);
    for (const name of metadata) await rm(path.join(storeDirectory(root), name), { force: true });
    await withStore(async (store) => {
      expect(sums(await store.stats())).toEqual([ROWS, 0, ROWS]);
      expect(warnings()).toHaveLength(1);
      expect((await store.repair()).partsAttached).toHaveLength(3);
      expect(sums(await store.stats())).toEqual([ROWS, ROWS, 0]);
      expect(await bytesOf(store)).toMatchObject({ rows: [{ bytes: ROWS }] });
    });
  }, 60_000);

  it("whose files were replaced by older ones: the newer rows are missing", async () => {
    const copy = path.join(root, "copy");
    await cp(storeDirectory(root), copy, { recursive: true, verbatimSymlinks: true });
    const spool = createSpool({ directory: spoolDirectory(root), ledgerFile: ledgerFile(root) });
    await spool.start();
    spool.write(batchOf([{ TimeReceived: T0, TimeEnd: T0, Bytes: 1 }]));
    await spool.stop();
    await withStore((store) => store.drain());
    await rm(storeDirectory(root), { recursive: true });
    await rename(copy, storeDirectory(root));
    await withStore(async (store) => expect(sums(await store.stats())).toEqual([ROWS + 1, ROWS, 1]));
  }, 60_000);
});

describe("a block that was set aside", () => {
  it("is taken back by repair when it is whole again", async () => {
    const spool = createSpool({ directory: spoolDirectory(root), ledgerFile: ledgerFile(root) });
    await spool.start();
    spool.write(batchOf([{ TimeReceived: T0, TimeEnd: T0, Bytes: 1 }]));
    await spool.stop();
    const name = (await readdir(spoolDirectory(root))).find((entry) => entry.endsWith(".native"));
    const content = await readFile(path.join(spoolDirectory(root), name!));
    await writeFile(path.join(spoolDirectory(root), name!), content.subarray(1));
    await withStore(async (store) => {
      await store.drain();
      expect(sums(await store.stats())).toEqual([ROWS + 1, ROWS, 1]);
      expect((await store.repair()).blocksTakenBack).toBe(0);
      await writeFile(path.join(spoolDirectory(root), "damaged", name!), content);
      expect((await store.repair()).blocksTakenBack).toBe(1);
      await store.drain();
      expect(sums(await store.stats())).toEqual([ROWS + 1, ROWS + 1, 0]);
    });
  }, 60_000);
});
