import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type QuerySpec, TIERS } from "@ngflow/flows";
import { createStore, ledgerFile, spoolDirectory } from "../create-store.ts";
import { formatBlockName } from "../spool/block-name.ts";
import { createSpool } from "../spool/spool.ts";
import type { Store } from "../store.ts";
import { startServerProcess, type ServerProcess } from "../testing/server-process.ts";
import { batchOf, type TestRow } from "../testing/rows.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 29, 12);
const OLD = NOW - 10 * DAY;

let root: string;
let server: ServerProcess;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-addresses-"));
  server = await startServerProcess(path.join(root, "server", "store"));
}, 60_000);

afterAll(async () => {
  await server.stop();
  await rm(root, { recursive: true, force: true });
});

/** Short and long flows of a day with an address in every column that can have one. */
function rowsOf(atMs: number, net: string): TestRow[] {
  return Array.from({ length: 60 }, (_, i) => ({
    ...{ TimeReceived: atMs, TimeEnd: atMs - 1000, TimeStart: atMs - (i % 10 === 0 ? 2 * HOUR : 5000) - 7 * i },
    ...{ SrcAddr: `${net}.${i % 5}`, DstAddr: `${net}.9`, SrcAddrNAT: `${net}.8`, NextHop: `${net}.1` },
    ...{
      SrcMac: 0xabcdef,
      SrcPort: 1000 + i,
      DstPort: 53,
      Proto: i % 2 === 0 ? 6 : 17,
      SamplingRate: 1 + (i % 3),
      InIf: i % 4,
    },
    ...{ IpVersion: 4, ExporterAddr: "198.51.100.1", Bytes: 1001 * (i + 1), Packets: i + 1 },
    Extra: { "0.999": `${net}.7` },
  }));
}

async function receive(directory: string, rows: readonly TestRow[], atMs: number): Promise<void> {
  const files = { directory: spoolDirectory(directory), ledgerFile: ledgerFile(directory) };
  const spool = createSpool({ ...files, flushMs: 60_000 }, { nowMs: () => atMs });
  await spool.start();
  spool.write(batchOf(rows));
  await spool.stop();
}

const TOTALS: readonly Partial<QuerySpec>[] = [
  { by: ["Proto"], metric: "bytes" },
  { by: ["ExporterAddr", "InIf"], metric: "packets" },
  { by: [], metric: "flows" },
  { by: ["Proto"], metric: "bytes", stepMs: HOUR },
];
const RANGE = { fromMs: NOW - 12 * DAY, toMs: NOW } as const;

const totalsOf = (store: Store): Promise<unknown> =>
  Promise.all(
    TOTALS.map(async (question) => {
      const { rows, recordedFrom } = await store.query({ by: [], metric: "bytes", ...question, ...RANGE });
      return { rows, recordedFrom };
    }),
  );

async function sql(store: Store, text: string): Promise<string> {
  const { pieces } = await store.sqlInPieces({ sql: text, limit: 10_000 });
  return JSON.stringify([...pieces].flat());
}

/** Everything that every table has, as text. */
const everything = async (store: Store): Promise<string> =>
  (await Promise.all(TIERS.map(({ table }) => sql(store, `SELECT * FROM ${table}`)))).join("\n");

/** Directories of parts in a database's directory; those that wait for their removal, too. */
async function partsIn(directory: string, day: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true });
  return entries.filter((entry) => path.basename(entry).startsWith(`${day}_`)).sort();
}

it.each(["chdb", "a server"])(
  "of hosts are removed when they are old, and totals stay (%s)",
  async (backend) => {
    const directory = path.join(root, backend.replace(" ", "-"));
    const url = backend === "chdb" ? "chdb:" : `clickhouse://${server.host}/default`;
    await receive(directory, rowsOf(OLD, "10.77.0"), OLD);
    await receive(directory, rowsOf(NOW - 60_000, "10.88.0"), NOW);
    const config = { directory, url, ingest: false, retentionDays: 30 };
    const deps = { nowMs: () => NOW, steadyMs: () => 0 };
    const store = createStore(config, deps);
    await store.start();
    try {
      await store.drain();
      await store.rollUp();
      const before = await totalsOf(store);
      expect(JSON.stringify(before)).toContain('"bytes":');
      expect(await everything(store)).toContain("10.77.0.");
      expect((await sql(store, "SELECT count() AS n FROM flows_long")).replaceAll('"', "")).toBe("[{n:12}]");
      const byHost = { by: ["SrcAddr"], metric: "bps", ...RANGE } as const;
      const whole = await store.query(byHost);
      expect(whole.recordedFrom).toBeUndefined();
      expect(whole.rows.map(({ SrcAddr }) => SrcAddr)).toContain("10.77.0.1");
      // Blocks that were set aside have addresses, too.
      const aside = path.join(spoolDirectory(directory), "damaged");
      await mkdir(aside, { recursive: true });
      const block = (madeMs: number): string =>
        formatBlockName({ madeMs, sequence: 1, id: "0123456789abcdef", rows: 1, total: null, crc32: 1 });
      await writeFile(path.join(aside, block(OLD)), "10.77.0.1");
      await writeFile(path.join(aside, block(NOW)), "10.88.0.1");

      await store.limit({ retentionDays: 30, addressDays: 2 });
      await store.verify();
      expect(await totalsOf(store)).toEqual(before);
      const status = await store.status();
      expect(status.addressDays).toBe(2);
      expect(status.tiers.map(({ name, keepDays, rows }) => [name, keepDays, rows > 0])).toEqual([
        ["flows", 2, true],
        ["long", 1825, true],
        ["1m", 90, true],
        ["1h", 730, true],
        ["1h-src", 2, true],
        ["1h-dst", 2, true],
        ["1h-service", 730, true],
        ["1h-as", 730, true],
        ["1d", 1825, true],
      ]);
      const left = await everything(store);
      expect(left).toContain("10.88.0.");
      expect(left).not.toContain("10.77.0.");
      expect(left).toContain("198.51.100.1");
      expect(
        (
          await sql(
            store,
            "SELECT count() AS n, sum(SrcPort + SrcMac) AS s FROM flows_long WHERE TimeReceived < '2026-11-25'",
          )
        ).replaceAll('"', ""),
      ).toBe("[{n:6,s:0}]");
      expect(await readdir(aside)).toEqual([block(NOW)]);

      // What is not recorded is no zero.
      const recorded = { recordedFrom: "2026-11-29T00:00:00.000Z" };
      const later = await store.query(byHost);
      expect(later).toMatchObject({ ...recorded, from: recorded.recordedFrom });
      expect(later.rows.every(({ SrcAddr }) => String(SrcAddr).startsWith("10.88.0."))).toBe(true);
      const only = { by: [], metric: "bytes", filter: "host 10.77.0.1", fromMs: OLD - DAY, toMs: OLD + DAY } as const;
      expect(await store.query(only)).toMatchObject({ ...recorded, rows: [] });
      expect(await store.flows({ fromMs: OLD - DAY, toMs: NOW })).toMatchObject(recorded);

      // Their files go, too, as soon as nothing reads them.
      await store.compact();
      await store.verify();
      expect(await totalsOf(store)).toEqual(before);
      const place = path.join(directory, "store", "store");
      const days = (await sql(store, "SELECT DISTINCT toDate(TimeReceived) AS d FROM flows_long ORDER BY d")).match(
        /2026-11-\d\d/g,
      );
      expect(days).toEqual(["2026-11-19", "2026-11-29"]);
      for (let tries = 0; backend === "chdb"; tries++) {
        // One part of each table without addresses: long flows, minutes, hours, those by service and system, days.
        const parts = await partsIn(place, "20261119");
        if (parts.length === 6) break;
        if (tries > 900) throw new Error(`parts of the day stay: ${parts.join(", ")}`);
        await sleep(100);
      }
    } finally {
      await store.stop();
    }
  },
  180_000,
);
