import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FlowsSpec, type QuerySpec, type Tiers, TIERS } from "@ngflow/flows";
import { backendOf } from "../backends.ts";
import { createStore, ledgerFile, spoolDirectory, type StoreConfig } from "../create-store.ts";
import { SQL_LIMITS } from "../clickhouse/sql-client.ts";
import { createClickHouseStore } from "../clickhouse/store.ts";
import { createSpool } from "../spool/spool.ts";
import type { Store } from "../store.ts";
import { CLUSTER, clusterEngine, withoutReplicas } from "../testing/cluster-engine.ts";
import { type SqlServer, type SqlServerConfig, startSqlServer } from "../testing/http-server.ts";
import { batchOf } from "../testing/rows.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2026, 0, 2, 12);
const range = { fromMs: T0 - 2 * HOUR, toMs: T0 + 4 * HOUR };

let root: string;
let server: SqlServer;
let fault: NonNullable<SqlServerConfig["fault"]> = () => undefined;
let tests = 0;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-collectors-"));
  server = await startSqlServer(clusterEngine(path.join(root, "server"), SQL_LIMITS), {
    fault: (sql, answered) => fault(sql, answered),
    adapt: withoutReplicas,
  });
}, 60_000);

afterAll(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});

beforeEach(async () => {
  tests++;
  fault = () => undefined;
  await server.clear();
});

async function directoryOf(name: string): Promise<string> {
  const directory = path.join(root, `${name}-${tests}`);
  await mkdir(directory, { recursive: true });
  return directory;
}

interface Options extends Partial<StoreConfig> {
  /** Parameters of the URL. */
  readonly with?: string;
}

async function started(
  directory: string,
  collector: string,
  { with: added = "", ...config }: Options = {},
): Promise<Store> {
  const parameters = [...(collector === "" ? [] : [`collector=${collector}`]), ...(added === "" ? [] : [added])];
  const query = parameters.length === 0 ? "" : `?${parameters.join("&")}`;
  const url = `clickhouse://${server.host}/default${query}`;
  const store = createStore({ directory, url, retentionDays: 0, ingest: false, ...config });
  await store.start();
  return store;
}

/** Puts flows of ten minutes, and some of an hour, into the spool of a data directory. */
async function receive(directory: string, rows: number, atMs: number, exporter: string): Promise<void> {
  const files = { directory: spoolDirectory(directory), ledgerFile: ledgerFile(directory) };
  const spool = createSpool({ ...files, flushMs: 60_000 });
  await spool.start();
  const flows = Array.from({ length: rows }, (_, i) => {
    const end = atMs + (i % 100) * 30_000;
    const life = i % 10 === 0 ? 2 * HOUR : 600_000;
    const times = { TimeReceived: end, TimeStart: end - life, TimeEnd: end };
    return { ...times, ExporterAddr: exporter, SrcPort: i, Bytes: 1000 + i, Packets: 1 + (i % 7), Proto: 6 + (i % 3) };
  });
  spool.write(batchOf(flows));
  await spool.stop();
}

const TOTAL: QuerySpec = { ...range, by: [], metric: "bytes" };
const QUERIES: readonly QuerySpec[] = [
  { ...range, by: ["Proto", "ExporterAddr"], metric: "packets", stepMs: HOUR },
  { ...range, by: ["SrcPort", "DstPort", "SrcAddr", "DstAddr"], metric: "bytes", top: 5 },
  { ...range, by: ["Proto"], metric: "bytes", previousMs: DAY },
  { fromMs: T0 - HOUR - 1234, toMs: T0 + HOUR + 77, by: [], metric: "flows" },
];
const FLOWS: FlowsSpec = { ...range, limit: 1000 };

/** What a store answers, without how long that took. */
async function answersOf(store: Store, queries: readonly QuerySpec[]): Promise<unknown> {
  const rows: unknown[] = [];
  for (const spec of queries) {
    const { rows: found, from, to, tier } = await store.query(spec);
    rows.push({ found, from, to, tier });
  }
  for (const filter of ["", "proto 7"]) {
    // Flows of one time are in any order.
    const { rows: found } = await store.flows({ ...FLOWS, filter });
    rows.push(found.map((row) => JSON.stringify(row)).sort());
  }
  return rows;
}

async function bytesOf(store: Store): Promise<number> {
  return ((await store.query(TOTAL)).rows[0] as { bytes: number }).bytes;
}

/** The bytes of rows 0 to `rows`. */
const bytesOfRows = (rows: number): number => rows * 1000 + (rows * (rows - 1)) / 2;

describe.each([
  ["one server", "", QUERIES],
  ["a cluster", `cluster=${CLUSTER}`, QUERIES.slice(-1)],
] as const)("collectors of one database on %s", (_, added, queries) => {
  it("count a flow once that exporters of two of them saw", async () => {
    const [one, two] = [await directoryOf("once-one"), await directoryOf("once-two")];
    const a = await started(one, "", { with: added });
    const b = await started(two, "b", { with: added });
    try {
      await receive(one, 30, T0, "10.0.0.1");
      await receive(two, 40, T0, "10.0.0.2");
      await Promise.all([a.drain(), b.drain()]);
      for (const store of [a, b]) {
        const bytes = async (spec: QuerySpec): Promise<unknown> => (await store.query(spec)).rows[0]!["bytes"];
        expect(await bytes({ ...TOTAL, duplicates: "once" })).toBe(bytesOfRows(40));
        expect(await bytes({ ...TOTAL, duplicates: "only" })).toBe(bytesOfRows(30));
        const { rows } = await store.flows({ ...FLOWS, limit: 100, duplicates: "only" });
        expect(rows.map(({ ExporterAddr }) => ExporterAddr)).toEqual(Array.from({ length: 30 }, () => "10.0.0.2"));
      }
    } finally {
      await a.stop();
      await b.stop();
    }
  }, 60_000);

  it("have SQL about the flows of all, and drop the tables of one that is gone", async () => {
    const [one, two] = [await directoryOf("sql-one"), await directoryOf("sql-two")];
    const a = await started(one, "a", { with: added });
    const b = await started(two, "b", { with: added });
    try {
      await receive(one, 30, T0, "10.0.0.1");
      await receive(two, 40, T0, "10.0.0.2");
      await Promise.all([a.drain(), b.drain()]);
      await Promise.all([a.rollUp(), b.rollUp()]);
      const cell = async (sql: string): Promise<unknown> => {
        const { pieces } = await a.sqlInPieces({ sql: `SELECT ${sql}`, limit: 10 });
        return [...pieces].flat().map((row) => Object.values(row)[0]);
      };
      expect(await cell("count() AS n FROM flows")).toEqual([70]);
      expect(await cell("sum(Flows) + (SELECT count() FROM flows_long) AS n FROM flows_1h")).toEqual([70]);
      expect(await cell("count() AS n FROM default.flows_of_b")).toEqual([40]);
      // An own name of the statement is what it says.
      expect(await cell("* FROM (WITH flows AS (SELECT 1 AS one) SELECT * FROM flows)")).toEqual([1]);
      await expect(cell("count() FROM system.tables")).rejects.toMatchObject({ code: "bad-sql" });

      await expect(a.forget("b")).rejects.toMatchObject({ code: "collector-runs" });
      await b.stop();
      expect((await a.status()).collectors).toMatchObject([
        { name: "a", rows: 30, from: "2026-01-02", to: "2026-01-02", bytes: expect.any(Number) },
        { name: "b", rows: 40 },
      ]);
      await expect(a.forget("a")).rejects.toMatchObject({ code: "collector-runs" });
      await expect(a.forget("c")).rejects.toMatchObject({ code: "collector-absent" });
      const { tables, ...forgotten } = await a.forget("b");
      expect(forgotten).toEqual({ name: "b", rows: 40 });
      expect(tables).toContain("ngflow_owner_of_b");
      expect((await a.status()).collectors.map(({ name }) => name)).toEqual(["a"]);
      expect(await bytesOf(a)).toBe(bytesOfRows(30));
      expect(await cell("count() AS n FROM flows")).toEqual([30]);
      // Its name is free, and it begins with nothing.
      const again = await started(await directoryOf("sql-three"), "b", { with: added });
      expect(await again.stats()).toMatchObject({ rowsTotal: 0, rowsUnexpected: 0 });
      await again.stop();
    } finally {
      await a.stop();
      await b.stop();
    }
  }, 120_000);

  it("each answer with the flows of all, whatever is rolled up", async () => {
    const [one, two] = [await directoryOf("one"), await directoryOf("two")];
    const a = await started(one, "", { with: added });
    const b = await started(two, "b", { with: added });
    try {
      await receive(one, 300, T0, "10.0.0.1");
      await receive(two, 200, T0 + HOUR, "10.0.0.2");
      await Promise.all([a.drain(), b.drain()]);
      const expected = bytesOfRows(300) + bytesOfRows(200);
      expect([await bytesOf(a), await bytesOf(b)]).toEqual([expected, expected]);

      // One has rolled up its flows, then the other, then more come: every time both say the same.
      await a.rollUp();
      expect(await bytesOf(b)).toBe(expected);
      expect(await answersOf(b, queries)).toEqual(await answersOf(a, queries));
      await b.rollUp();
      expect((await a.query(TOTAL)).tier).not.toBe("flows");
      await receive(one, 50, T0 + 2 * HOUR, "10.0.0.1");
      await a.drain();
      await a.rollUp();
      await a.compact();
      await receive(two, 10, T0 + 3 * HOUR, "10.0.0.3");
      await b.drain();
      const more = expected + bytesOfRows(50) + bytesOfRows(10);
      expect([await bytesOf(a), await bytesOf(b)]).toEqual([more, more]);

      // Each counts its own rows.
      expect(await a.stats()).toMatchObject({ rowsTotal: 350, ledgerStored: 350, rowsMissing: 0, rowsUnexpected: 0 });
      expect(await b.stats()).toMatchObject({ rowsTotal: 210, ledgerStored: 210, rowsMissing: 0, rowsUnexpected: 0 });
      expect(await a.verify()).toMatchObject({ missing: [], damaged: [] });
    } finally {
      await a.stop();
      await b.stop();
    }
    // It is restarted, also without the URL, and has the same.
    const again = createStore({ directory: two, retentionDays: 0, ingest: false });
    await again.start();
    expect(await bytesOf(again)).toBe([300, 200, 50, 10].map(bytesOfRows).reduce((sum, bytes) => sum + bytes, 0));
    await again.stop();
  }, 120_000);
});

describe("collectors of one database", () => {
  it("drop their own days, and answer older ranges from the sums of all", async () => {
    const [one, two] = [await directoryOf("one"), await directoryOf("two")];
    const nowMs = (): number => T0 + 10 * DAY;
    const place = { directory: one, url: `clickhouse://${server.host}/default`, ingest: false };
    const a = createStore({ ...place, retentionDays: 0 }, { nowMs });
    await a.start();
    await receive(one, 100, T0, "10.0.0.1");
    // Age is that of the newest day.
    await receive(one, 10, nowMs(), "10.0.0.1");
    await a.drain();
    await a.rollUp();
    const b = await started(two, "b");
    await receive(two, 100, T0 + 10 * DAY, "10.0.0.2");
    await b.drain();
    await a.stop();
    const kept = createStore({ ...place, retentionDays: 5 }, { nowMs });
    await kept.start();
    try {
      expect((await kept.status()).tiers[0]).toMatchObject({ rows: 10 });
      expect((await b.status()).tiers[0]).toMatchObject({ rows: 100 });
      const whole: QuerySpec = { fromMs: T0 - DAY, toMs: T0 + 11 * DAY, by: ["ExporterAddr"], metric: "bytes" };
      const { rows } = await b.query(whole);
      expect(rows).toEqual([
        { ExporterAddr: "10.0.0.1", bytes: bytesOfRows(100) + bytesOfRows(10) },
        { ExporterAddr: "10.0.0.2", bytes: bytesOfRows(100) },
      ]);
      expect((await kept.query(whole)).rows).toEqual(rows);
    } finally {
      await kept.stop();
      await b.stop();
    }
  }, 60_000);

  it("answer by the flows of one that ended in the middle of a step, also when parts were merged", async () => {
    const [one, two] = [await directoryOf("one"), await directoryOf("two")];
    const a = await started(one, "");
    const b = await started(two, "b");
    try {
      await receive(two, 100, T0, "10.0.0.2");
      await b.drain();
      await b.rollUp();
      await receive(two, 50, T0 + HOUR, "10.0.0.2");
      await b.drain();
      fault = (sql) => (sql.startsWith("INSERT INTO flows_long_of_b ") ? "cut" : undefined);
      await expect(b.rollUp()).rejects.toThrow();
      const total = [{ bytes: bytesOfRows(100) + bytesOfRows(50) }];
      expect((await a.query(TOTAL)).rows).toEqual(total);
      await b.compact();
      const { rows, tier } = await a.query(TOTAL);
      expect({ rows, tier }).toEqual({ rows: total, tier: "flows" });
      // It goes on.
      fault = () => undefined;
      await b.rollUp();
      const after = await a.query(TOTAL);
      expect(after.rows).toEqual(total);
      expect(after.tier).not.toBe("flows");
    } finally {
      fault = () => undefined;
      await a.stop();
      await b.stop();
    }
  }, 60_000);

  it("have names of their own, and say what waits where", async () => {
    const [one, two] = [await directoryOf("one"), await directoryOf("two")];
    const a = await started(one, "");
    const b = await started(two, "b");
    await expect(started(await directoryOf("three"), "")).rejects.toMatchObject({
      code: "store-claimed",
      message: expect.stringContaining("--store-collector"),
    });
    await expect(started(await directoryOf("four"), "b")).rejects.toMatchObject({ code: "store-claimed" });
    await receive(two, 70, T0, "10.0.0.2");
    fault = (sql) => (sql.startsWith("INSERT INTO flows_of_b ") ? "cut" : undefined);
    await expect(b.drain()).rejects.toThrow();
    fault = () => undefined;
    await b.stop();
    // A command that stores nothing.
    await (await started(two, "b")).stop();
    const { collectors } = await a.status();
    expect(collectors).toEqual([
      expect.objectContaining({ name: "", rowsWaiting: 0, bytesWaiting: 0, lagSeconds: null }),
      expect.objectContaining({ name: "b", rowsWaiting: 70, owner: expect.stringMatching(/^[0-9a-f]{16}$/) }),
    ]);
    expect(collectors[1]!.bytesWaiting).toBeGreaterThan(70);
    expect(collectors[1]!.lagSeconds).not.toBeNull();
    await a.stop();
  }, 60_000);

  it("read each other where one of them does not know a roll-up yet", async () => {
    const [one, two] = [await directoryOf("old-one"), await directoryOf("new-two")];
    const url = `clickhouse://${server.host}/default?collector=old`;
    const [first, ...others] = TIERS;
    const tiers: Tiers = [first, ...others.filter(({ name }) => !["1h-service", "1h-as"].includes(name))];
    const files = { spoolDirectory: spoolDirectory(one), ledgerFile: ledgerFile(one) };
    const old = createClickHouseStore(
      { ...files, retentionDays: 0, ingest: false, tiers },
      backendOf({ url, directory: path.join(one, "store") }, SQL_LIMITS),
    );
    await old.start();
    const b = await started(two, "b");
    try {
      await receive(one, 30, T0, "10.0.0.1");
      await receive(two, 40, T0, "10.0.0.2");
      for (const store of [old, b]) {
        await store.drain();
        await store.rollUp();
      }
      for (const store of [old, b]) {
        expect(await bytesOf(store)).toBe(bytesOfRows(30) + bytesOfRows(40));
        const { rows, tier } = await store.query({ ...TOTAL, by: ["SrcAS"] });
        expect({ rows, tier }).toEqual({
          rows: [{ SrcAS: 0, bytes: bytesOfRows(30) + bytesOfRows(40) }],
          tier: "flows",
        });
      }
      const { pieces } = await b.sqlInPieces({ sql: "SELECT count() > 0 AS n FROM flows_1h_as", limit: 10 });
      expect([...pieces].flat()).toEqual([{ n: 1 }]);
    } finally {
      await old.stop();
      await b.stop();
    }
  }, 60_000);
});
