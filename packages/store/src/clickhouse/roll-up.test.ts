import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type QuerySpec, type Tier, type Tiers, TIERS } from "@ngflow/flows";
import { createChdbBackend } from "../chdb/backend.ts";
import { readLedger, writeLedger } from "../ledger/ledger-file.ts";
import { createSpool } from "../spool/spool.ts";
import type { Store, StoreDeps } from "../store.ts";
import { runStoreContract } from "../testing/contract.ts";
import { batchOf, type TestRow } from "../testing/rows.ts";
import type { ClickHouseStoreConfig } from "./config.ts";
import { createClickHouseStore } from "./store.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;
const T0 = Date.UTC(2026, 0, 2, 23, 50);

/** A roll-up with bins so small that the queries of the contract use it. */
const SECONDS: Tier = {
  name: "seconds",
  table: "flows_1s",
  resolutionMs: 1000,
  columns: ["SrcPort", "Proto", "Bytes", "Packets"],
  retentionDays: 400,
};
const WITH_SECONDS: Tiers = [TIERS[0], TIERS[1], SECONDS];

runStoreContract({
  name: "chdb with a roll-up",
  open: (directory, spoolDirectory) => {
    const ledgerFile = path.join(path.dirname(directory), "ledger.json");
    const settings = { spoolDirectory, ledgerFile, retentionDays: 0, pollMs: 20, tiers: WITH_SECONDS };
    const store = createClickHouseStore(settings, createChdbBackend(directory));
    const drain = store.drain.bind(store);
    // Every block is rolled up before the query.
    store.drain = async () => {
      await drain();
      await store.rollUp();
    };
    return store;
  },
  skip: [],
});

describe("roll-ups", () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "ngflow-tier-"));
  });

  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  const ledgerFile = (): string => path.join(root, "ledger.json");

  async function spooled(rows: readonly TestRow[]): Promise<void> {
    const spool = createSpool({ directory: path.join(root, "spool"), ledgerFile: ledgerFile(), flushMs: 60_000 });
    await spool.start();
    spool.write(batchOf(rows));
    await spool.stop();
  }

  async function withStore<T>(
    use: (store: Store) => Promise<T>,
    settings: Partial<ClickHouseStoreConfig> = {},
    deps: StoreDeps = {},
  ) {
    const store = createClickHouseStore(
      {
        spoolDirectory: path.join(root, "spool"),
        ledgerFile: ledgerFile(),
        retentionDays: 0,
        ingest: false,
        ...settings,
      },
      createChdbBackend(path.join(root, "store")),
      deps,
    );
    await store.start();
    try {
      return await use(store);
    } finally {
      await store.stop();
    }
  }

  const FLOWS_ONLY: Partial<ClickHouseStoreConfig> = { tiers: [TIERS[0]] };
  const row = (i: number): TestRow => ({
    TimeReceived: T0 + (i % 2) * DAY,
    TimeStart: T0 + i * 7919,
    TimeEnd: T0 + i * 7919 + (i % 5) * 97_001,
    Bytes: 300 + i * 7,
    Packets: 3,
    Proto: i % 3 === 0 ? 6 : 17,
    SrcAddr: `10.0.0.${i % 7}`,
    SamplingRate: i % 4,
  });
  const rows = (count: number): TestRow[] => Array.from({ length: count }, (_, i) => row(i));

  /** Sums of each roll-up, with what it does not have. */
  async function sums(): Promise<Record<string, string>> {
    const client = await createChdbBackend(path.join(root, "store")).open();
    const found: Record<string, string> = {};
    const [, long, ...rollUps] = TIERS;
    const longs = `SELECT sum(Bytes * greatest(SamplingRate, 1)), count() FROM ${long.table}`;
    const [[longBytes, longFlows]] = (await client.inspect(longs)) as [[string, string]];
    for (const { name, table } of rollUps) {
      const [[bytes, flows]] = (await client.inspect(`SELECT sum(Bytes), sum(Flows) FROM ${table}`)) as [
        [string, string],
      ];
      found[name] = `${BigInt(bytes) + BigInt(longBytes)} ${Number(flows) + Number(longFlows)}`;
    }
    await client.close();
    return found;
  }

  const totals = (count: number): Record<string, string> => {
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += (300 + i * 7) * Math.max(1, i % 4);
    return Object.fromEntries(TIERS.slice(2).map(({ name }) => [name, `${bytes} ${count}`]));
  };

  it("answer with whole bins, and the flows with the rest", async () => {
    await spooled(rows(200));
    await withStore(async (store) => {
      await store.drain();
      const ask = async (change: Partial<QuerySpec>): Promise<unknown[]> => {
        const spec: QuerySpec = { by: ["Proto"], metric: "bytes", fromMs: T0, toMs: T0 + HOUR, ...change };
        const before = await store.query(spec);
        await store.rollUp();
        const after = await store.query(spec);
        expect(after.rows).toEqual(before.rows);
        return [after.tier, after.rows.length];
      };
      expect(await ask({})).toEqual(["1m", 2]);
      expect(await ask({ fromMs: T0 + 10 * MINUTE, toMs: T0 + 70 * MINUTE })).toEqual(["1h", 2]);
      expect(await ask({ fromMs: T0 - DAY + 1, toMs: T0 + 3 * DAY })).toEqual(["1d+1h+1m+flows", 2]);
      expect(await ask({ by: ["SrcAddr"], fromMs: T0 - DAY, toMs: T0 + DAY })).toEqual(["1h-src+flows", 7]);
      expect(await ask({ by: ["SrcPort"], fromMs: 0, toMs: T0 + DAY })).toEqual(["flows", 1]);
      expect(await ask({ filter: "Bytes > 1000", fromMs: 0, toMs: 2 * T0 })).toEqual(["flows", 2]);
      expect(await store.stats()).toMatchObject({ rowsTotal: 200, rowsUnrolled: 0, daysUnrolled: 0 });
    });
    expect(await sums()).toEqual(totals(200));
  }, 60_000);

  /** Where the parts of a table are. */
  async function placesOf(table: string): Promise<readonly string[]> {
    const client = await createChdbBackend(path.join(root, "store")).open();
    const paths = await client.inspect(`SELECT arrayJoin(data_paths) FROM system.tables WHERE name = '${table}'`);
    await client.close();
    return paths.map(([place]) => path.resolve(root, "store", String(place)));
  }

  it("have the flows of an older release after a while, and queries are right meanwhile", async () => {
    await spooled(rows(100));
    await withStore((store) => store.drain(), FLOWS_ONLY);
    // A block of the older release that was stored, but not counted.
    const { rollUps: _, ...older } = (await readLedger(ledgerFile()))!;
    await writeLedger(ledgerFile(), older as never);
    await spooled(rows(200).slice(100));
    const spec: QuerySpec = { by: [], metric: "bytes", fromMs: T0 - DAY, toMs: T0 + 2 * DAY, stepMs: HOUR };
    await withStore(async (store) => {
      expect(await store.stats()).toMatchObject({ daysUnrolled: 2 });
      await store.drain();
      const before = await store.query(spec);
      expect(before.tier).toBe("1h");
      await store.rollUp();
      expect((await store.query(spec)).rows).toEqual(before.rows);
      expect(await store.stats()).toMatchObject({ daysUnrolled: 0, rowsUnrolled: 0 });
    });
    expect(await sums()).toEqual(totals(200));
  }, 60_000);

  it("have in time what an earlier process stored, without further blocks", async () => {
    await spooled(rows(10));
    await withStore((store) => store.drain());
    let ms = 0;
    await withStore(
      async (store) => {
        expect(await store.stats()).toMatchObject({ rowsUnrolled: 10 });
        await expect.poll(async () => (await store.stats()).rowsUnrolled).toBe(0);
      },
      { ingest: true },
      { steadyMs: () => (ms += 10_000) },
    );
    expect(await sums()).toEqual(totals(10));
  }, 60_000);

  it("have every flow once after a step was interrupted anywhere", async () => {
    await spooled(rows(100));
    await withStore((store) => store.drain());
    const { rollUps } = (await readLedger(ledgerFile()))!;
    const begun = { kind: "blocks" as const, blocks: rollUps!.blocks };
    await withStore((store) => store.rollUp());
    for (const lost of ["ALTER TABLE flows_1h DROP PARTITION '2026-01-03'", "TRUNCATE TABLE flows_long", "SELECT 1"]) {
      const client = await createChdbBackend(path.join(root, "store")).open();
      await client.run(lost);
      await client.close();
      const state = (await readLedger(ledgerFile()))!;
      await writeLedger(ledgerFile(), { ...state, rollUps: { ...rollUps!, begun } });
      await withStore((store) => store.stats());
      expect(await sums()).toEqual(totals(100));
    }
  }, 60_000);

  it("are made again from the flows where a part of theirs is lost or cannot be read", async () => {
    await spooled(rows(100));
    await withStore(async (store) => {
      await store.drain();
      await store.rollUp();
    });
    const client = await createChdbBackend(path.join(root, "store")).open();
    await client.run("ALTER TABLE flows_1h_src DROP PARTITION '2026-01-03'");
    await client.close();
    await withStore(async (store) => {
      await store.verify();
      await expect.poll(async () => (await store.stats()).daysUnrolled).toBe(1);
      await store.rollUp();
    });
    expect(await sums()).toEqual(totals(100));
    const files = await readdir(path.join(root, "store"), { recursive: true, withFileTypes: true });
    const [place] = await placesOf("flows_1h_dst");
    const part = files.find((file) => file.name === "data.bin" && file.parentPath.startsWith(path.resolve(place!)));
    const data = path.join(part!.parentPath, part!.name);
    const bytes = await readFile(data);
    await writeFile(data, bytes.with(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 255));
    const spec: QuerySpec = { by: ["DstAddr"], metric: "bytes", fromMs: T0 - DAY, toMs: T0 + 3 * DAY };
    const wanted = await withStore((store) => store.query(spec), FLOWS_ONLY);
    await withStore(async (store) => {
      expect((await store.query(spec)).rows).toEqual(wanted.rows);
      await expect.poll(async () => (await store.stats()).daysUnrolled).toBe(1);
      await store.rollUp();
      const { tier, rows: again } = await store.query(spec);
      expect({ tier, again }).toEqual({ tier: expect.stringContaining("1h-dst"), again: wanted.rows });
    });
    expect(await sums()).toEqual(totals(100));
  }, 60_000);

  it("that a release adds have what is stored from then on; flows answer for the time before", async () => {
    const systems = (count: number, from = 0): TestRow[] =>
      Array.from({ length: count }, (_, i) => ({ ...row(from + i), SrcAS: 64_500 + (i % 3), DstAS: i % 2 }));
    const store = async (rows: readonly TestRow[], settings: Partial<ClickHouseStoreConfig> = {}) => {
      await spooled(rows);
      return withStore(async (store) => {
        await store.drain();
        await store.rollUp();
      }, settings);
    };
    const [first, ...others] = TIERS;
    const added = new Set<string>(["1h-service", "1h-as"]);
    await store(systems(100), { tiers: [first, ...others.filter(({ name }) => !added.has(name))] });
    const { rollUps, ...state } = (await readLedger(ledgerFile()))!;
    const { lacksUntil, ...older } = rollUps!;
    expect(lacksUntil).toEqual({ "1m": null, "1h": null, "1h-src": null, "1h-dst": null, "1d": null });
    // As the releases before wrote it.
    await writeLedger(ledgerFile(), { ...state, rollUps: older });
    const later = (rows: readonly TestRow[], days: number): TestRow[] =>
      rows.map((row) => ({
        ...row,
        TimeReceived: Number(row.TimeReceived) + days * DAY,
        TimeStart: Number(row.TimeStart) + days * DAY,
        TimeEnd: Number(row.TimeEnd) + days * DAY,
      }));
    // Some of a day that the older release has, too, and of days after it.
    await store([...systems(20, 100), ...later(systems(60), 1), ...later(systems(60), 3)]);
    expect((await readLedger(ledgerFile()))!.rollUps!.lacksUntil).toEqual({
      ...lacksUntil,
      "1h-service": "2026-01-03",
      "1h-as": "2026-01-03",
    });
    for (const [fromMs, toMs] of [
      [T0 - DAY, T0 + 9 * DAY],
      [T0, T0 + DAY],
      [T0 + DAY, T0 + 3 * DAY + HOUR],
      [T0 + 3 * DAY, T0 + 5 * DAY],
    ] as const) {
      const spec: QuerySpec = { by: ["SrcAS", "DstAS"], metric: "bytes", fromMs, toMs };
      const wanted = await withStore((store) => store.query(spec), FLOWS_ONLY);
      const { tier, rows: found } = await withStore((store) => store.query(spec));
      expect(found).toEqual(wanted.rows);
      expect(tier.includes("1h-as")).toBe(toMs > T0 + 3 * DAY);
    }
    // What it lacks is no damage.
    await withStore(async (store) => {
      await store.verify();
      expect(await store.stats()).toMatchObject({ daysUnrolled: 0 });
    });
  }, 60_000);

  it("are made again at the start where a part was lost, and queries never lack it", async () => {
    await spooled(rows(100));
    await withStore(async (store) => {
      await store.drain();
      await store.rollUp();
    });
    // A block of the same days that is not rolled up yet.
    await spooled(rows(120).slice(100));
    await withStore((store) => store.drain());
    const client = await createChdbBackend(path.join(root, "store")).open();
    for (const table of ["flows_1m", "flows_1h_src"])
      await client.run(`ALTER TABLE ${table} DROP PARTITION '2026-01-03'`);
    await client.close();
    for (const by of [["Proto"], ["SrcAddr"]] as const) {
      const spec: QuerySpec = { by, metric: "bytes", fromMs: T0 - DAY, toMs: T0 + 3 * DAY };
      const wanted = await withStore((store) => store.query(spec), FLOWS_ONLY);
      expect((await withStore((store) => store.query(spec))).rows).toEqual(wanted.rows);
    }
    await withStore((store) => store.rollUp());
    expect(await sums()).toEqual(totals(120));
  }, 60_000);

  it("keep what the flows no longer have, and say which range they answer", async () => {
    await spooled(rows(100));
    let nowMs = T0 + 2 * DAY;
    const store = createClickHouseStore(
      { spoolDirectory: path.join(root, "spool"), ledgerFile: ledgerFile(), ingest: false },
      createChdbBackend(path.join(root, "store")),
      { nowMs: () => nowMs, steadyMs: () => nowMs },
    );
    await store.start();
    await store.drain();
    const spec: QuerySpec = { by: ["Proto"], metric: "bytes", fromMs: T0, toMs: T0 + 2 * DAY };
    const before = await store.query(spec);
    nowMs += 40 * DAY;
    await spooled([{ TimeReceived: nowMs, TimeStart: nowMs, TimeEnd: nowMs, Bytes: 1 }]);
    await store.drain();
    await store.verify();
    expect((await store.status()).tiers[0]).toMatchObject({ rows: 1 });
    expect((await store.status()).removed.map(({ tier }) => tier)).toEqual(["flows", "flows"]);
    const after = await store.query({ ...spec, fromMs: spec.fromMs + 1 });
    expect(after.rows).toEqual(before.rows);
    expect(after.from).toBe(new Date(T0).toISOString());
    expect(after.missing).toBeUndefined();
    await store.stop();

    // Nothing can make them again: the answer names the day.
    const client = await createChdbBackend(path.join(root, "store")).open();
    await client.run("ALTER TABLE flows_1m DROP PARTITION '2026-01-03'");
    await client.close();
    await withStore(async (again) => {
      expect((await again.query({ ...spec, stepMs: MINUTE })).missing).toEqual(["2026-01-03"]);
    });
  }, 60_000);

  it("answer as the flows do, whatever is asked", async () => {
    const random = fc.array(
      fc.record({
        TimeStart: fc.integer({ min: 0, max: 3 * DAY }),
        life: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: HOUR }), fc.constant(2 * DAY)),
        Bytes: fc.oneof(fc.integer({ min: 0, max: 1e6 }), fc.constant(18_446_744_073_709_551_615n)),
        Packets: fc.integer({ min: 0, max: 1000 }),
        SamplingRate: fc.constantFrom(0, 1, 1000),
        Proto: fc.constantFrom(1, 6, 17),
        SrcAddr: fc.constantFrom("10.0.0.1", "2001:db8::1"),
        InIf: fc.nat(2),
        SrcPort: fc.constantFrom(0, 53, 443, 50_000),
        DstPort: fc.constantFrom(0, 53, 443, 50_000),
        SrcAS: fc.nat(2),
      }),
      { minLength: 1, maxLength: 300 },
    );
    const all = fc.sample(random, { numRuns: 4, seed: 7 }).flat();
    const flows = all.map(({ life, ...flow }) => {
      const start = T0 + flow.TimeStart;
      return { ...flow, TimeStart: start, TimeEnd: start + life, TimeReceived: start + life };
    });
    const at = (unit: number): fc.Arbitrary<number> =>
      fc.integer({ min: -2, max: 80 }).map((n) => T0 - (T0 % DAY) + n * unit);
    const time = fc.oneof(
      at(HOUR),
      at(HOUR).map((ms) => ms - 5.5 * HOUR),
      at(MINUTE),
      at(1),
      at(DAY / 20),
    );
    const query = fc
      .record({
        by: fc.oneof(
          fc.subarray(["Proto", "SrcAddr", "InIf"]),
          fc.subarray(["Proto", "ServicePort", "Side", "SrcPort"]),
          fc.subarray(["SrcAS", "DstAS"]),
        ),
        metric: fc.constantFrom("bytes" as const, "packets" as const, "flows" as const),
        a: time,
        b: time,
        step: fc.constantFrom(null, MINUTE, 5 * MINUTE, HOUR, DAY),
        filter: fc.constantFrom("", "proto tcp", "src net 10.0.0.0/8", "not InIf = 1", "ServicePort = 53", "port 53"),
      })
      .filter(({ a, b }) => a !== b)
      .map(({ a, b, step, ...rest }): QuerySpec => {
        const [fromMs, toMs] = [Math.min(a, b), Math.max(a, b)];
        const fits = step !== null && (toMs - fromMs) / step < 1000;
        return { ...rest, fromMs, toMs, ...(fits ? { stepMs: step } : {}) };
      });
    const specs = fc.sample(query, { numRuns: 90, seed: 11 });
    const half = Math.floor(flows.length / 2);
    await spooled(flows.slice(0, half));
    const rolled = await withStore(async (store) => {
      await store.drain();
      await store.rollUp();
      await spooled(flows.slice(half));
      await store.drain();
      const answers = [];
      for (const spec of specs) answers.push(await store.query(spec));
      return answers;
    });
    expect(new Set(rolled.map(({ tier }) => tier)).size).toBeGreaterThan(5);
    await withStore(async (store) => {
      for (const [i, spec] of specs.entries()) {
        const { from, to, rows: expected } = await store.query(spec);
        expect({
          spec,
          tier: rolled[i]!.tier,
          from: rolled[i]!.from,
          to: rolled[i]!.to,
          rows: rolled[i]!.rows,
        }).toEqual({
          spec,
          tier: rolled[i]!.tier,
          from,
          to,
          rows: expected,
        });
      }
    }, FLOWS_ONLY);
  }, 120_000);
});
