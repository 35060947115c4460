import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { planQuery, type QuerySpec, TIERS } from "@ngflow/flows";
import { createChdbBackend } from "../chdb/backend.ts";
import { createStore, spoolDirectory, storeDirectory } from "../create-store.ts";
import { createSpool } from "../spool/spool.ts";
import { batchOf, type TestRow } from "../testing/rows.ts";
import { clickhouseDialect } from "./dialect.ts";
import { NOTHING_ROLLED } from "./rolled.ts";

const T0 = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const ROWS = 40_000;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-whole-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

it("flows in a range as a whole are read once, also by protocol in bins", async () => {
  const rows = Array.from({ length: ROWS }, (_, i): TestRow => {
    const ms = T0 + Math.floor((i * HOUR) / ROWS);
    return { TimeReceived: ms, TimeStart: ms, TimeEnd: ms, Proto: 6, Bytes: 1, Packets: 1 };
  });
  const spool = createSpool({ directory: spoolDirectory(root) });
  await spool.start();
  spool.write(batchOf(rows));
  await spool.flush();
  await spool.stop();
  const store = createStore({ directory: root, retentionDays: 0, ingest: false });
  await store.start();
  await store.drain();
  await store.stop();

  const client = await createChdbBackend(storeDirectory(root)).open();
  try {
    const rowsRead = async (spec: Partial<QuerySpec>): Promise<number> => {
      const range = { fromMs: T0 - HOUR, toMs: T0 + 2 * HOUR, metric: "bytes", by: [] } as const;
      const plan = planQuery({ ...range, ...spec }, [TIERS[0]]);
      const explained = await client.inspect(`EXPLAIN ESTIMATE ${clickhouseDialect.aggregate(plan, NOTHING_ROLLED)}`);
      return explained.reduce((sum, row) => sum + Number(row[3]), 0);
    };
    expect(await rowsRead({})).toBe(ROWS);
    expect(await rowsRead({ by: ["SrcAddr"] })).toBe(ROWS);
    // The flows at an edge of the range are read again, with the granules that they are in.
    expect(await rowsRead({ fromMs: T0 + HOUR / 2 })).toBeLessThan(ROWS);
    // Flows in several bins are read apart, whatever the order of the groups is found by.
    expect(await rowsRead({ by: ["Proto"], stepMs: 300_000 })).toBe(2 * ROWS);
  } finally {
    await client.close();
  }
}, 120_000);
