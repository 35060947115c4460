import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { QuerySpec } from "@ngflow/flows";
import { createStore, ledgerFile, restoreStore, spoolDirectory } from "../create-store.ts";
import { createSpool } from "../spool/spool.ts";
import type { Store } from "../store.ts";
import { batchOf } from "../testing/rows.ts";
import { type BackupReport, copySnapshot, filesIn, prepareBackup } from "./backup.ts";

const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 2, 12);
const QUERIES: readonly QuerySpec[] = [
  { by: ["SrcAddr"], metric: "bytes", fromMs: T0 - 2 * DAY, toMs: T0 + 3 * DAY },
  { by: ["SrcPort"], metric: "flows", fromMs: T0 - 2 * DAY, toMs: T0 + 3 * DAY, top: 1000 },
  { by: ["Proto"], metric: "packets", fromMs: T0 - 2 * DAY, toMs: T0 + 3 * DAY, stepMs: DAY },
];
let root: string;
let data: string;
let backup: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-backup-"));
  data = path.join(root, "data");
  backup = path.join(root, "backup");
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function spooled(from: number, count: number): Promise<void> {
  const spool = createSpool({ directory: spoolDirectory(data), ledgerFile: ledgerFile(data), flushMs: 60_000 });
  await spool.start();
  const row = (i: number): object => ({
    TimeReceived: T0 + (i % 2) * DAY,
    // Every tenth flow lasts too long for the roll-ups.
    TimeStart: T0 - (i % 10 === 0 ? DAY : i * 100),
    TimeEnd: T0,
    SrcAddr: `10.0.0.${i % 7}`,
    SrcPort: i,
    Proto: i % 3,
    Bytes: 1000 + i,
    Packets: 3,
  });
  spool.write(batchOf(Array.from({ length: count }, (_, i) => row(from + i))));
  await spool.stop();
}

async function withStore<T>(directory: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = createStore({ directory, retentionDays: 0, ingest: false });
  await store.start();
  try {
    return await use(store);
  } finally {
    await store.stop();
  }
}

/** Answers, and how the rows are counted. */
async function facts(store: Store): Promise<unknown> {
  const answers = [];
  for (const spec of QUERIES) answers.push((await store.query(spec)).rows);
  const { ledgerAcknowledged, ledgerStored, ledgerWaiting, rowsMissing, rowsUnexpected } = await store.stats();
  const tiers = (await store.status()).tiers.map(({ name, rows }) => [name, rows]);
  return { answers, tiers, ledgerAcknowledged, ledgerStored, ledgerWaiting, rowsMissing, rowsUnexpected };
}

/** A backup of 300 flows in the tables, of which 100 are not rolled up, and 50 that wait. Returns what it has. */
async function backedUp(): Promise<{ readonly report: BackupReport; readonly wanted: unknown }> {
  await spooled(0, 200);
  await withStore(data, async (store) => {
    await store.drain();
    await store.rollUp();
  });
  await spooled(200, 100);
  return withStore(data, async (store) => {
    await store.drain();
    await spooled(300, 50);
    for (const name of ["saved", "import", "alerts"]) await mkdir(path.join(data, name));
    await writeFile(path.join(data, "alerts", "rules.json"), "{}");
    await writeFile(path.join(data, "saved", "page.json"), "a page");
    await writeFile(path.join(data, "import", "journal.ndjson"), "a line\n");
    await prepareBackup(backup);
    const snapshot = await store.snapshot();
    // The store goes on while the snapshot is copied.
    await store.drain();
    await store.rollUp();
    await store.compact();
    await writeFile(path.join(data, "import", "journal.ndjson"), "a later line\n", { flag: "a" });
    const report = await copySnapshot(snapshot, backup);
    return { report, wanted: await facts(store) };
  });
}

describe("a backup", () => {
  it("has one moment of a running store, and is restored with every row in every tier", async () => {
    const { report, wanted } = await backedUp();
    expect(report).toMatchObject({ rows: { flows: 300 }, rowsWaiting: 50, filesKept: 0 });
    const restored = path.join(root, "restored");
    expect(await restoreStore(backup, restored)).toMatchObject({
      rows: { flows: 300 },
      missing: [],
      damaged: [],
      detached: [],
    });
    expect(await readFile(path.join(restored, "saved", "page.json"), "utf8")).toBe("a page");
    expect(await readFile(path.join(restored, "alerts", "rules.json"), "utf8")).toBe("{}");
    expect(await readFile(path.join(restored, "import", "journal.ndjson"), "utf8")).toBe("a line\n");
    await withStore(restored, async (store) => {
      expect(await store.stats()).toMatchObject({ ledgerStored: 300, rowsMissing: 0 });
      await store.drain();
      await store.rollUp();
      await store.compact();
      expect(await facts(store)).toEqual(wanted);
    });
  }, 120_000);

  it("goes on after an interruption, and is refused where there is something else", async () => {
    const { report } = await backedUp();
    await expect(prepareBackup(backup)).rejects.toMatchObject({ code: "backup-exists" });
    await rename(path.join(backup, "backup.json"), path.join(backup, "backup.partial"));
    await writeFile(path.join(backup, "ledger.json"), "half");
    await writeFile(path.join(backup, "tables", "of an attempt before"), "");
    await prepareBackup(backup);
    const again = await copySnapshot(path.join(data, "snapshot"), backup);
    expect(again).toMatchObject({ files: report.files, bytes: report.bytes, filesKept: report.files - 1 });
    expect(await filesIn(backup)).toHaveLength(report.files + 1);
    await expect(prepareBackup(data)).rejects.toMatchObject({ code: "backup-exists", exit: 73 });
    await expect(prepareBackup("/proc/none/backup")).rejects.toMatchObject({ code: "backup-directory", exit: 73 });
  }, 120_000);

  it("that is damaged is not restored, and the data directory says so until it is", async () => {
    const { report } = await backedUp();
    const restored = path.join(root, "restored");
    const files = await filesIn(backup);
    const damaged = path.join(
      backup,
      files.find((name) => name.endsWith("data.bin"))!,
    );
    const bytes = await readFile(damaged);
    await writeFile(damaged, bytes.with(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 1));
    await expect(restoreStore(backup, restored)).rejects.toMatchObject({
      code: "backup-damaged",
      message: expect.stringContaining("data.bin: its checksum"),
    });
    await expect(createStore({ directory: restored }).start()).rejects.toMatchObject({ code: "restore-interrupted" });
    await rm(damaged);
    await expect(restoreStore(backup, restored)).rejects.toThrow(/the file is missing/);
    await writeFile(damaged, bytes);
    expect(await restoreStore(backup, restored)).toMatchObject({ bytes: report.bytes, missing: [] });
    expect(existsSync(path.join(restored, "restoring"))).toBe(false);
    await expect(restoreStore(backup, restored)).rejects.toMatchObject({ code: "restore-exists", exit: 73 });
    await expect(restoreStore(root, path.join(root, "other"))).rejects.toMatchObject({
      code: "backup-absent",
      exit: 66,
    });
  }, 120_000);
});
