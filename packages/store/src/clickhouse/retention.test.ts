import { mkdtemp, readdir, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createChdbBackend } from "../chdb/backend.ts";
import { createStore, ledgerFile, spoolDirectory, type StoreConfig, storeDirectory } from "../create-store.ts";
import { readLedger, writeLedger } from "../ledger/ledger-file.ts";
import { createSpool } from "../spool/spool.ts";
import type { Store, StoreStats } from "../store.ts";
import { type LogLine, memoryLog } from "../testing/memory-log.ts";
import { batchOf } from "../testing/rows.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 29, 12);
let root: string;
let nowMs: number;
let steadyMs: number;
let lines: readonly LogLine[];

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-retention-"));
  nowMs = NOW;
  steadyMs = 0;
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** Acknowledges 100 rows that a collector with this clock receives. */
async function collect(receivedMs: number): Promise<void> {
  const spool = createSpool(
    { directory: spoolDirectory(root), ledgerFile: ledgerFile(root) },
    { nowMs: () => receivedMs },
  );
  await spool.start();
  spool.write(
    batchOf(
      Array.from({ length: 100 }, () => ({ TimeReceived: receivedMs, TimeStart: receivedMs, TimeEnd: receivedMs })),
    ),
  );
  await spool.stop();
}

async function withStore<T>(use: (store: Store) => Promise<T>, config: Partial<StoreConfig> = {}): Promise<T> {
  const kept = memoryLog();
  lines = kept.lines;
  const store = createStore(
    { directory: root, ingest: false, ...config },
    { log: kept.log, nowMs: () => nowMs, steadyMs: () => steadyMs },
  );
  await store.start();
  try {
    return await use(store);
  } finally {
    await store.stop();
  }
}

/** Starts a store and stores what is in the spool. */
const run = (config: Partial<StoreConfig> = {}): Promise<StoreStats> =>
  withStore(async (store) => {
    await store.drain();
    return store.stats();
  }, config);

const sums = ({
  ledgerAcknowledged,
  ledgerStored,
  ledgerDropped,
  ledgerDamaged,
  ledgerWaiting,
}: StoreStats): number[] => {
  expect(ledgerStored + ledgerDropped + ledgerDamaged + ledgerWaiting).toBe(ledgerAcknowledged);
  return [ledgerStored, ledgerDropped, ledgerDamaged, ledgerWaiting];
};

describe("retention of a store", () => {
  it("drops nothing in a command, which shows the limits of the daemon and what it removed", async () => {
    await collect(NOW - 30 * DAY);
    await collect(NOW);
    await run();
    nowMs += DAY;
    await collect(nowMs);
    const reading = createStore(
      { directory: root, ingest: false, drop: false, retentionDays: 1 },
      { nowMs: () => nowMs },
    );
    await reading.start();
    await reading.drain();
    const before = await reading.status();
    await reading.stop();
    expect(before.tiers[0]).toMatchObject({
      name: "flows",
      keepDays: 30,
      rows: 300,
      from: "2026-10-30",
      to: "2026-11-30",
    });
    expect(before.removed).toEqual([]);
    const after = await withStore((store) => store.status());
    expect(after.tiers[0]).toMatchObject({ rows: 200, from: "2026-11-29" });
    expect(after.tiers[0]!.bytesPerRow).toBeCloseTo(after.tiers[0]!.bytes / 200, 1);
    expect(after.freeBytes).toBeGreaterThan(0);
    expect(after.removed).toEqual([
      { tier: "flows", day: "2026-10-30", rows: 100, rule: "age", time: "2026-11-30T12:00:00.000Z" },
    ]);
  }, 60_000);

  it("drops blocks that waited for too long, not those of a clock that was wrong", async () => {
    await run({ spoolMaxAgeMs: HOUR });
    await collect(NOW);
    // By a clock at its start.
    await collect(1000);
    nowMs += HOUR + 1;
    await collect(nowMs);
    const status = await withStore((store) => store.status(), { spoolMaxAgeMs: HOUR });
    expect(status).toMatchObject({ rowsWaiting: 300, spoolMaxAgeSeconds: 3600, rowsDroppedWaiting: 0 });
    expect(status.waitingSeconds).toBeGreaterThan(3600);
    const stats = await run({ spoolMaxAgeMs: HOUR });
    expect(sums(stats)).toEqual([200, 100, 0, 0]);
    expect(stats).toMatchObject({ rowsTotal: 200, rowsDroppedWaiting: 100, backlogMs: 0 });
    const after = await withStore((store) => store.status());
    expect(after).toMatchObject({ rowsWaiting: 0, waitingSeconds: null, rowsDroppedWaiting: 100 });
  }, 60_000);

  it("has the rows of blocks that were set aside in its status", async () => {
    await collect(NOW - HOUR);
    await collect(NOW);
    const spool = spoolDirectory(root);
    const block = (await readdir(spool)).filter((name) => name.endsWith(".native")).sort()[0]!;
    await truncate(path.join(spool, block), 1000);
    await run();
    const status = await withStore((store) => store.status());
    expect(status).toMatchObject({ rowsWaiting: 0, rowsMissing: 0, rowsSetAside: 100 });
  }, 60_000);

  it("does not take a new store that a command filled with old flows for one that was long not open", async () => {
    await run({ drop: false });
    await collect(NOW - 20 * DAY);
    await run({ drop: false });
    nowMs += HOUR;
    expect(sums(await run())).toEqual([100, 0, 0, 0]);
    expect(lines.filter(({ level }) => level === "warn")).toEqual([]);
    nowMs += 2 * DAY;
    await run();
    expect(lines.map(({ message }) => message).join()).toContain("last open some days ago");
  }, 60_000);

  it("drops whole days when they are old, and counts and logs them", async () => {
    await collect(NOW - 30 * DAY);
    await collect(NOW);
    expect(sums(await run())).toEqual([200, 0, 0, 0]);
    nowMs += DAY;
    await collect(nowMs);
    const stats = await run();
    expect(sums(stats)).toEqual([200, 100, 0, 0]);
    expect(stats).toMatchObject({ rowsTotal: 200, rowsDropped: 0, rowsDroppedAge: 100 });
    expect(lines.filter(({ level }) => level === "warn").map(({ fields }) => fields)).toEqual([
      { tier: "flows", day: "2026-10-30", rows: 100, rule: "age" },
    ]);
  }, 60_000);

  it.each([
    ["45 days ahead", 45 * DAY],
    ["200 years ahead", 200 * 365 * DAY],
    ["in 2290", Date.UTC(2290, 0) - NOW],
    ["in 1970", -NOW + HOUR],
    ["400 days behind", -400 * DAY],
  ])(
    "keeps every row while the clock is %s, and after it is right again",
    async (_, jump) => {
      await collect(NOW - 20 * DAY);
      await collect(NOW);
      await run();
      nowMs = NOW + jump;
      await collect(nowMs);
      const wrong = await run();
      expect(sums(wrong)).toEqual([300, 0, 0, 0]);
      expect(wrong).toMatchObject({ rowsTotal: 300, clockJumps: 1, rowsMissing: 0 });
      expect(lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
        `store: ${jump > 0 ? "by the clock it was last open some days ago" : "the clock jumped"}; ` +
          "no rows are dropped for their age until the clock ran evenly for an hour",
      ]);
      nowMs = NOW + HOUR;
      const later = await withStore(async (store) => {
        await store.verify();
        expect(sums(await store.stats())).toEqual([300, 0, 0, 0]);
        // Rows of the wrong time are kept as long as others.
        steadyMs += 12 * DAY;
        nowMs += 12 * DAY;
        await collect(nowMs);
        await store.drain();
        await store.verify();
        return store.stats();
      });
      expect(sums(later)).toEqual([300, 100, 0, 0]);
      expect(later).toMatchObject({ rowsDroppedAge: 100, clockJumps: 0 });
    },
    120_000,
  );

  it.each([
    ["before", false],
    ["after", true],
  ])(
    "ends a drop of a process that was killed %s the database dropped the day",
    async (_, dropped) => {
      await collect(NOW);
      await collect(NOW - DAY);
      await run();
      const state = await readLedger(ledgerFile(root));
      await writeLedger(ledgerFile(root), { ...state!, dropping: { day: "2026-11-28", rule: "quota" } });
      if (dropped) {
        const client = await createChdbBackend(storeDirectory(root)).open();
        await client.run("ALTER TABLE flows DROP PARTITION '2026-11-28'");
        await client.close();
      }
      const stats = await run();
      expect(sums(stats)).toEqual([100, 100, 0, 0]);
      expect(stats).toMatchObject({ rowsTotal: 100, rowsDropped: 100, rowsDroppedAge: 0, rowsMissing: 0 });
      expect(sums(await run())).toEqual([100, 100, 0, 0]);
    },
    60_000,
  );

  it("says from when on flows are there if days were dropped and older ones were stored later", async () => {
    await collect(NOW - 30 * DAY);
    await collect(NOW);
    await run();
    // An old archive is imported, and kept as long as others.
    await collect(NOW - 90 * DAY);
    await run();
    nowMs += DAY;
    await collect(nowMs);
    const spec = { by: ["SrcPort"], metric: "flows", fromMs: NOW - 100 * DAY, toMs: NOW + 2 * DAY } as const;
    await withStore(async (store) => {
      await store.drain();
      await store.rollUp();
      const { removed, tiers } = await store.status();
      expect(removed.map(({ tier, day }) => `${tier} ${day}`)).toContain("flows 2026-10-30");
      expect(tiers[0]).toMatchObject({ rows: 300, from: "2026-08-31" });
      expect(await store.query(spec)).toMatchObject({ recordedFrom: "2026-10-31T00:00:00.000Z" });
      const old = await store.query({ ...spec, toMs: NOW - 80 * DAY });
      expect(old).toMatchObject({ rows: [{ flows: 100 }] });
      expect(old).not.toHaveProperty("recordedFrom");
      expect((await store.query({ ...spec, by: ["Proto"] })).rows).toMatchObject([{ flows: 400 }]);
    });
    // Also by a ledger of an older release, from the days that it lists.
    const { gone, ...older } = (await readLedger(ledgerFile(root)))!;
    expect(gone).toEqual([["2026-10-30", "2026-10-30"]]);
    await writeLedger(ledgerFile(root), older);
    const again = await withStore((store) => store.query(spec));
    expect(again).toMatchObject({ recordedFrom: "2026-10-31T00:00:00.000Z" });
  }, 60_000);

  it("drops after a jump when the clock has run evenly for an hour", async () => {
    await collect(NOW);
    await run();
    nowMs += 60 * DAY;
    await collect(nowMs);
    expect(sums(await run())).toEqual([200, 0, 0, 0]);
    const stats = await withStore(async (store) => {
      for (let i = 0; i <= 60; i++) {
        nowMs += HOUR / 60;
        steadyMs += HOUR / 60;
        await store.verify();
      }
      return store.stats();
    });
    expect(sums(stats)).toEqual([100, 100, 0, 0]);
    expect(stats.rowsDroppedAge).toBe(100);
  }, 60_000);
});
