import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FlowBatch, planQuery, TIERS } from "@ngflow/flows";
import { createChdbBackend } from "../chdb/backend.ts";
import { createStore, spoolDirectory, storeDirectory } from "../create-store.ts";
import { createSpool } from "../spool/spool.ts";
import { clickhouseDialect } from "./dialect.ts";
import { NOTHING_ROLLED } from "./rolled.ts";

const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 1);
const DAYS = 30;
/** 150 granules of the index in all. */
const ROWS_OF_DAY = 5 * 8192;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-host-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** A day of flows of a thousand hosts; one of them has `host` as its source. */
function dayOf(day: number, host: number | undefined): FlowBatch {
  const batch = new FlowBatch(ROWS_OF_DAY);
  const { columns } = batch;
  const address = (column: Uint8Array, row: number, word: number): void =>
    column.set([0xff, 0xff, 10, (word >>> 16) & 255, (word >>> 8) & 255, word & 255], row * 16 + 10);
  for (let row = 0; row < ROWS_OF_DAY; row++) {
    const ms = T0 + day * DAY + Math.floor((row * DAY) / ROWS_OF_DAY);
    for (const name of ["TimeReceived", "TimeStart", "TimeEnd"] as const) {
      columns[name][2 * row] = ms >>> 0;
      columns[name][2 * row + 1] = Math.floor(ms / 2 ** 32);
    }
    address(columns.SrcAddr, row, (row * 7919) % 1000);
    address(columns.DstAddr, row, (row * 104_729) % 1000);
    columns.Bytes[2 * row] = 1;
  }
  if (host !== undefined) address(columns.SrcAddr, 7, host);
  batch.rows = ROWS_OF_DAY;
  return batch;
}

it("one host in a month is found without reading the rest of it", async () => {
  const spool = createSpool({ directory: spoolDirectory(root), blockRows: ROWS_OF_DAY });
  await spool.start();
  for (let day = 0; day < DAYS; day++) {
    expect(spool.write(dayOf(day, day === 17 ? 70_000 : undefined))).toBe(ROWS_OF_DAY);
    await spool.flush();
  }
  await spool.stop();
  const store = createStore({ directory: root, retentionDays: 0, ingest: false });
  await store.start();
  await store.drain();
  const range = { fromMs: T0, toMs: T0 + DAYS * DAY, by: [], metric: "bytes" } as const;
  const host = { ...range, filter: "host 10.1.17.112 and packets = 0" };
  expect((await store.query(host)).rows).toEqual([{ bytes: 1 }]);
  const [one, all] = [await store.cost(host), await store.cost({ ...range, filter: "packets = 0" })];
  // Flows that the range cuts are read apart: a part at its edge is read for them, too.
  const parts = DAYS + 1;
  expect(all).toMatchObject({ tier: "flows", parts, rows: DAYS * ROWS_OF_DAY });
  expect(all.tiers).toEqual([{ name: "flows", parts, rows: all.rows, bytes: all.bytes }]);
  expect(all.bytes).toBeGreaterThan(all.rows);
  expect(one.rows).toBeLessThan(all.rows / 50);
  expect(one.parts).toBeLessThanOrEqual(3);
  await store.stop();

  const client = await createChdbBackend(storeDirectory(root)).open();
  try {
    const granules = async (filter: string): Promise<number> => {
      const plan = planQuery({ ...range, filter }, [TIERS[0]]);
      const explained = await client.inspect(`EXPLAIN ESTIMATE ${clickhouseDialect.aggregate(plan, NOTHING_ROLLED)}`);
      return explained.reduce((sum, row) => sum + Number(row[4]), 0);
    };
    const all = await granules("packets = 0");
    expect(all).toBeGreaterThanOrEqual(150);
    for (const filter of ["host 10.1.17.112", "src ip 10.1.17.112", "SrcAddr IN (10.1.17.112, 10.1.17.113)"]) {
      const found = await granules(`${filter} and packets = 0`);
      expect(found).toBeGreaterThan(0);
      expect(all / found).toBeGreaterThanOrEqual(50);
    }
  } finally {
    await client.close();
  }
}, 120_000);
