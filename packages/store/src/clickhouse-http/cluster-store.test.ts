import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SQL_LIMITS } from "../clickhouse/sql-client.ts";
import { createStore, ledgerFile, spoolDirectory, type StoreConfig } from "../create-store.ts";
import { createSpool } from "../spool/spool.ts";
import type { Store } from "../store.ts";
import { CLUSTER, clusterEngine, withoutReplicas } from "../testing/cluster-engine.ts";
import { type SqlServer, startSqlServer } from "../testing/http-server.ts";
import { batchOf } from "../testing/rows.ts";

const T0 = Date.UTC(2026, 0, 2, 23);
const HOUR = 3_600_000;
const range = { fromMs: T0 - HOUR, toMs: T0 + 4 * HOUR };

let root: string;
let server: SqlServer;
let statements: string[] = [];

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-cluster-store-"));
  server = await startSqlServer(clusterEngine(path.join(root, "server"), SQL_LIMITS), {
    adapt(sql) {
      statements.push(sql.replace(/^\/\*.*?\*\/ /, ""));
      return withoutReplicas(sql);
    },
  });
}, 60_000);

afterAll(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});

const url = (parameters: string): string => `clickhouse://${server.host}/default${parameters}`;
const clustered = (): string => url(`?cluster=${CLUSTER}`);

async function directoryOf(name: string): Promise<string> {
  const directory = path.join(root, name);
  await mkdir(directory, { recursive: true });
  return directory;
}

async function receive(directory: string, rows: number, atMs: number): Promise<void> {
  const files = { directory: spoolDirectory(directory), ledgerFile: ledgerFile(directory) };
  const spool = createSpool({ ...files, flushMs: 60_000 });
  await spool.start();
  // Flows of ten minutes, some across an edge of hours, some of an hour, which are too long for roll-ups.
  const flows = Array.from({ length: rows }, (_, i) => {
    const end = atMs + (i % 100) * 30_000;
    const life = i % 10 === 0 ? HOUR : 600_000;
    return { TimeReceived: end, TimeStart: end - life, TimeEnd: end, Bytes: 1000 + i, Packets: 1 + (i % 7), Proto: 6 };
  });
  spool.write(batchOf(flows));
  await spool.stop();
}

async function started(directory: string, config: Partial<StoreConfig> = {}): Promise<Store> {
  const store = createStore({ directory, retentionDays: 0, ingest: false, ...config });
  await store.start();
  return store;
}

const totals = async (store: Store): Promise<{ readonly rows: readonly object[]; readonly tier: string }> => {
  const { rows, tier } = await store.query({ ...range, by: ["Proto"], metric: "bytes" });
  return { rows, tier };
};
const bytesOf = ([row]: readonly object[]): number => (row as { bytes: number }).bytes;

it("is summed in steps, each on one shard, and answers by the last one that has ended", async () => {
  await server.clear();
  const directory = await directoryOf("summed");
  const store = await started(directory, { url: clustered() });
  try {
    await receive(directory, 2000, T0);
    await store.drain();
    const flows = await totals(store);
    await store.rollUp();
    const summed = await totals(store);
    expect(summed.tier).not.toBe("flows");
    expect(summed.rows).toEqual(flows.rows);
    // A second step, of which one part is merged with the first, and flows that are in no step.
    await receive(directory, 500, T0 + HOUR);
    await store.drain();
    const before = await totals(store);
    expect(before.rows).not.toEqual(flows.rows);
    await store.rollUp();
    await store.compact();
    await receive(directory, 1, T0 + 2 * HOUR);
    await store.drain();
    const inserts = statements.filter((sql) => sql.startsWith("INSERT INTO flows_1h "));
    expect(inserts.length).toBeGreaterThan(1);
    for (const sql of inserts) expect(sql).toContain("insert_deduplication_token = 'flows_1h-");
    const after = await totals(store);
    expect(bytesOf(after.rows)).toBe(bytesOf(before.rows) + 1000);
    expect(await store.stats()).toMatchObject({ rowsTotal: 2501, rowsMissing: 0, rowsUnexpected: 0, rowsUnrolled: 1 });
    expect(await store.verify()).toMatchObject({ missing: [], damaged: [] });
  } finally {
    await store.stop();
  }
}, 120_000);

it("is made on all servers, and says what its shards have", async () => {
  await server.clear();
  statements = [];
  const directory = await directoryOf("status");
  const store = await started(directory, { url: url(`?cluster=${CLUSTER}&shard-by=exporter`) });
  await receive(directory, 10, T0);
  await store.drain();
  const created = statements.filter((sql) => sql.startsWith("CREATE TABLE"));
  for (const sql of created) expect(sql).toContain(` ON CLUSTER \`${CLUSTER}\``);
  const [local, all] = created.filter((sql) => / flows(_local)? /.test(sql));
  expect(local).toContain("ReplicatedMergeTree('/clickhouse/tables/default/{shard}/flows_local', '{replica}')");
  expect(all).toContain(`Distributed('${CLUSTER}', 'default', 'flows_local', cityHash64(ExporterAddr))`);
  expect((await store.status()).server?.cluster).toEqual({
    name: CLUSTER,
    shardBy: "exporter",
    shards: [
      expect.objectContaining({ shard: 1, rows: 10, bytes: expect.any(Number), replicas: 1, replicasActive: null }),
    ],
  });
  await store.stop();
  // The key of the tables holds, and nothing is asked of other servers when all is there.
  statements = [];
  const again = await started(directory, { url: clustered() });
  expect((await again.status()).server?.cluster?.shardBy).toBe("exporter");
  expect(statements.filter((sql) => sql.includes("ON CLUSTER"))).toEqual([]);
  await again.stop();
  await expect(started(directory, { url: url("") })).rejects.toMatchObject({
    code: "store-cluster",
    message: expect.stringContaining("--store-cluster"),
  });
  await expect(started(directory, { url: url("?cluster=no") })).rejects.toMatchObject({ code: "store-cluster" });
}, 60_000);
