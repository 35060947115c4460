import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { QuerySpec, Tiers } from "@ngflow/flows";
import { createChdbBackend } from "../chdb/backend.ts";
import { listBlockFiles } from "../spool/block-file.ts";
import { createSpool } from "../spool/spool.ts";
import type { Store } from "../store.ts";
import { runStoreContract } from "../testing/contract.ts";
import { insertInto } from "../testing/insert-into.ts";
import { SECONDS } from "../testing/roll-up.ts";
import { batchOf } from "../testing/rows.ts";
import { FILLED_TIERS, type FilledTier } from "./fill.ts";
import { migrate } from "./migrate.ts";
import { createClickHouseStore } from "./store.ts";
import { createBlockWriter } from "./writer.ts";

// A tier is one row and its fill rule. With a second one added the store passes its contract: the queries that the
// roll-up answers have the results that the oracle computes from the flows.
const TIERS: Tiers<FilledTier> = [...FILLED_TIERS, SECONDS];
const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 2, 23, 59, 59);

const ledgerBeside = (directory: string): string => path.join(path.dirname(directory), "ledger.json");

runStoreContract({
  name: "chdb with a roll-up",
  open: (directory, spoolDirectory) =>
    createClickHouseStore(
      { spoolDirectory, ledgerFile: ledgerBeside(directory), retentionDays: 0, pollMs: 20, tiers: TIERS },
      createChdbBackend(directory),
    ),
  skip: [],
});

describe("a roll-up", () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "ngflow-tier-"));
    const spool = createSpool({ directory: path.join(root, "spool"), flushMs: 60_000 });
    await spool.start();
    const row = (i: number): object => ({
      TimeReceived: T0 + (i % 2) * DAY,
      TimeStart: T0 + i,
      TimeEnd: T0 + i + 1500,
      Bytes: 300,
      Packets: 3,
      Proto: 17,
    });
    spool.write(batchOf(Array.from({ length: 10 }, (_, i) => row(i))));
    await spool.stop();
  });

  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  const storeWith = (settings: { maxBytes?: number; retentionDays?: number; tiers?: Tiers<FilledTier> } = {}): Store =>
    createClickHouseStore(
      {
        spoolDirectory: path.join(root, "spool"),
        ledgerFile: path.join(root, "ledger.json"),
        retentionDays: 0,
        ingest: false,
        tiers: TIERS,
        ...settings,
      },
      createChdbBackend(path.join(root, "store")),
    );

  it("answers what it holds, and the flows answer the rest", async () => {
    const store = storeWith();
    await store.start();
    await store.drain();
    const spec: QuerySpec = { by: ["Proto"], metric: "bytes", fromMs: T0, toMs: T0 + 2000 };
    const answer = async (change: Partial<QuerySpec>): Promise<unknown> => {
      const { tier, rows } = await store.query({ ...spec, ...change });
      return { tier, rows };
    };
    expect(await answer({})).toEqual({ tier: "seconds", rows: [{ Proto: "udp", bytes: 3000 }] });
    expect(await answer({ filter: "proto udp" })).toEqual({ tier: "seconds", rows: [{ Proto: "udp", bytes: 3000 }] });
    expect(await answer({ metric: "flows" })).toEqual({ tier: "seconds", rows: [{ Proto: "udp", flows: 10 }] });
    expect(await answer({ toMs: T0 + 1999 })).toEqual({ tier: "flows", rows: [{ Proto: "udp", bytes: 3000 }] });
    expect(await answer({ filter: "dst port 0" })).toEqual({ tier: "flows", rows: [{ Proto: "udp", bytes: 3000 }] });
    expect(await store.stats()).toMatchObject({ rowsTotal: 10, partsTotal: 4 });
    await store.stop();
  }, 20_000);

  it("counts towards the quota", async () => {
    const store = storeWith();
    await store.start();
    await store.drain();
    await store.stop();
    const full = storeWith({ maxBytes: 1 });
    await full.start();
    expect(await full.stats()).toMatchObject({ rowsTotal: 5, partsTotal: 2, rowsDropped: 5, ledgerDropped: 5 });
    await full.stop();
  }, 20_000);

  it("has its own retention", async () => {
    const store = storeWith();
    await store.start();
    await store.drain();
    await store.stop();
    const other = storeWith({ retentionDays: 4000, tiers: [...FILLED_TIERS, { ...SECONDS, retentionDays: 1 }] });
    await other.start();
    expect(await other.stats()).toMatchObject({ rowsTotal: 10, partsTotal: 3, rowsDroppedAge: 0 });
    await other.stop();
  }, 20_000);

  it("gets the rows of a block once, however often the block is stored", async () => {
    const client = await createChdbBackend(path.join(root, "store")).open();
    for (const tier of TIERS) await migrate(client, tier);
    const [block] = await listBlockFiles(path.join(root, "spool"));
    const insert = insertInto(createBlockWriter(client, TIERS));
    const sums = async (): Promise<unknown> =>
      client.inspect("SELECT sum(Bytes), sum(Flows) FROM flows_1s UNION ALL SELECT sum(Bytes), count() FROM flows");
    await insert(block!, false);
    await insert(block!, true);
    expect(await sums()).toEqual([
      ["3000", "10"],
      ["3000", "10"],
    ]);
    // As after a crash between two parts: the flows are stored, and one day of the roll-up is not.
    await client.run("ALTER TABLE flows_1s DROP PARTITION '2026-01-03'");
    await insert(block!, true);
    expect(await sums()).toEqual([
      ["3000", "10"],
      ["3000", "10"],
    ]);
    await client.close();
  }, 20_000);
});
