import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createStore, ledgerFile, moveStore, spoolDirectory } from "../create-store.ts";
import { createSpool } from "../spool/spool.ts";
import { readPlace } from "../store-place.ts";
import { startServerProcess, type ServerProcess } from "../testing/server-process.ts";
import { batchOf } from "../testing/rows.ts";

const T0 = Date.UTC(2026, 0, 2, 23, 59, 0);
const SPEC = { by: ["SrcAddr"], metric: "bytes", fromMs: T0 - 3_600_000, toMs: T0 + 3_600_000 } as const;

let root: string;
let server: ServerProcess;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-copy-"));
  server = await startServerProcess(path.join(root, "server"));
}, 60_000);

afterAll(async () => {
  await server.stop();
  await rm(root, { recursive: true, force: true });
});

async function receive(directory: string, rows: number): Promise<void> {
  const spool = createSpool({
    directory: spoolDirectory(directory),
    ledgerFile: ledgerFile(directory),
    flushMs: 60_000,
  });
  await spool.start();
  const row = (i: number): Parameters<typeof batchOf>[0][number] => ({
    TimeReceived: T0 + i * 1000,
    TimeStart: T0 + i * 1000 - 5000,
    TimeEnd: T0 + i * 1000,
    SrcAddr: `192.0.2.${i % 7}`,
    Bytes: 1000 + i,
    Packets: 1 + (i % 3),
    Extra: i % 5 === 0 ? { "0.999": "text" } : {},
  });
  spool.write(batchOf(Array.from({ length: rows }, (_, i) => row(i))));
  await spool.stop();
}

it("moves every row and every sum to a server and back, and goes on there", async () => {
  const directory = path.join(root, "data");
  const answers = async (): Promise<unknown> => {
    const store = createStore({ directory, retentionDays: 0, ingest: false, tierDays: { "1m": 0, "1h": 0, "1d": 0 } });
    await store.start();
    try {
      await store.drain();
      await store.rollUp();
      const { rows } = await store.query(SPEC);
      const flows = await store.flows({ fromMs: SPEC.fromMs, toMs: SPEC.toMs, limit: 1000 });
      const { rowsTotal, ledgerStored, rowsMissing, rowsUnexpected, databaseAwayMs } = await store.stats();
      const { missing } = await store.verify();
      return { rows, flows: flows.rows, rowsTotal, ledgerStored, rowsMissing, rowsUnexpected, databaseAwayMs, missing };
    } finally {
      await store.stop();
    }
  };
  await receive(directory, 120);
  const before = await answers();
  expect(before).toMatchObject({ rowsTotal: 120, rowsMissing: 0, rowsUnexpected: 0 });

  const url = `clickhouse://${server.host}/default`;
  const seen: number[] = [];
  const report = await moveStore({ directory }, { url }, { progress: (done) => void seen.push(done) });
  expect(report).toMatchObject({ to: url, daysKept: 0 });
  expect(report.tiers[0]).toEqual({ name: "flows", rows: 120 });
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(readPlace(directory)).toMatchObject({ url });
  expect(existsSync(path.join(directory, "copying.json"))).toBe(false);
  expect(await answers()).toEqual(before);

  // What was received meanwhile is stored on the server.
  await receive(directory, 30);
  const later = await answers();
  expect(later).toMatchObject({ rowsTotal: 150, ledgerStored: 150, rowsMissing: 0, rowsUnexpected: 0, missing: [] });

  const other = path.join(root, "other");
  await receive(other, 1);
  await expect(moveStore({ directory: other }, { url })).rejects.toMatchObject({ code: "store-claimed" });
  await expect(moveStore({ directory }, { url })).rejects.toMatchObject({ code: "copy-same", exit: 64 });

  // Days that are there already are kept; those that have changed are copied again.
  const back = await moveStore({ directory }, { url: "chdb:" });
  expect(back.daysCopied).toBeGreaterThan(0);
  expect(readPlace(directory)).toBeUndefined();
  expect(await answers()).toEqual(later);
}, 120_000);
