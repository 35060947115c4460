import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TIERS } from "@ngflow/flows";
import { createStore, storeDirectory } from "../create-store.ts";
import { type BlockFile, listBlockFiles } from "../spool/block-file.ts";
import { BlockFailedError } from "../spool/ingester-types.ts";
import { createSpool } from "../spool/spool.ts";
import { insertInto } from "../testing/insert-into.ts";
import { batchOf } from "../testing/rows.ts";
import { createChdbBackend } from "../chdb/backend.ts";
import { createTable } from "./ddl.ts";
import type { SqlClient } from "./sql-client.ts";
import type { Row } from "./sql-text.ts";
import { createBlockWriter } from "./writer.ts";

const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 2, 23, 59, 59);
let root: string;
let client: SqlClient | undefined;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-writer-"));
});

afterEach(async () => {
  await client?.close();
  client = undefined;
  await rm(root, { recursive: true, force: true });
});

/** A block of so many rows, alternating between two days, or of the given rows. */
async function block(given: number | Parameters<typeof batchOf>[0]): Promise<BlockFile> {
  const rows =
    typeof given === "number"
      ? Array.from({ length: given }, (_, i) => ({ TimeReceived: T0 + (i % 2) * DAY, Bytes: i + 1 }))
      : given;
  const spool = createSpool({ directory: path.join(root, "it's a \\spool"), flushMs: 60_000 });
  await spool.start();
  spool.write(batchOf(rows));
  await spool.stop();
  return (await listBlockFiles(path.join(root, "it's a \\spool"))).at(-1)!;
}

async function opened(): Promise<SqlClient> {
  client = await createChdbBackend(storeDirectory(root)).open();
  await client.run(createTable(TIERS[0]));
  return client;
}

async function answer(sql: string): Promise<Row | undefined> {
  return (await client!.inspect(sql))[0];
}

describe("block writer", () => {
  it("does not repeat a block that is stored", async () => {
    const file = await block(10);
    const insert = insertInto(createBlockWriter(await opened(), TIERS[0]));
    const days = new Map([
      ["2026-01-02", 5],
      ["2026-01-03", 5],
    ]);
    expect(await insert(file, false)).toEqual(days);
    expect(await insert(file, true)).toEqual(days);
    expect(await insert(file, true)).toEqual(days);
    expect(await answer("SELECT count(), sum(Bytes), uniqExact(_part) FROM flows")).toEqual(["10", "55", "2"]);
  });

  it("completes a block of which one day is stored", async () => {
    const file = await block(10);
    const insert = insertInto(createBlockWriter(await opened(), TIERS[0]));
    await insert(file, false);
    await client!.run("ALTER TABLE flows DROP PARTITION '2026-01-03'");
    expect(await answer("SELECT count() FROM flows")).toEqual(["5"]);
    await insert(file, true);
    expect(await answer("SELECT count(), sum(Bytes) FROM flows")).toEqual(["10", "55"]);
  });

  it("stores the times of a block as they were, however the block has them", async () => {
    const insert = insertInto(createBlockWriter(await opened(), TIERS[0]));
    const shapes: readonly ((i: number) => readonly [received: number, start: number, end: number])[] = [
      (i) => [T0 + (i % 3) * 999, T0 - 60_000 * (i % 2), T0 - i],
      (i) => [T0 + (i % 300), T0 + 300_000 + i, T0 - 20 * DAY],
      (i) => [T0 + i, i === 7 ? 0 : T0, T0 - 30 * DAY + i],
    ];
    for (const of of shapes) {
      const rows = Array.from({ length: 600 }, (_, i) => {
        const [TimeReceived, TimeStart, TimeEnd] = of(i);
        return { TimeReceived, TimeStart, TimeEnd, Bytes: i };
      });
      await client!.run("TRUNCATE TABLE flows");
      const file = await block(rows);
      await insert(file, false);
      await insert(file, true);
      const times = ["TimeReceived", "TimeStart", "TimeEnd"].map((name) => `toUnixTimestamp64Milli(${name})`);
      const stored = await client!.inspect(`SELECT ${times.join(", ")}, Bytes FROM flows ORDER BY Bytes`);
      expect(stored.map((row) => row.map(Number))).toEqual(rows.map((row) => Object.values(row)));
    }
  });

  it.each([
    [
      "of the block",
      "ALTER TABLE flows RENAME COLUMN Bytes TO Gone",
      "ALTER TABLE flows RENAME COLUMN Gone TO Bytes",
      true,
    ],
    [
      "of the table, for which no block is set aside",
      "RENAME TABLE flows TO away",
      "RENAME TABLE away TO flows",
      false,
    ],
  ])("can be tried again after a failure %s", async (_, breaks, mends, isOfBlock) => {
    const file = await block(3);
    const insert = insertInto(createBlockWriter(await opened(), TIERS[0]));
    await client!.run(breaks);
    const failure = await insert(file, false).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(String(failure)).toMatch(/flows/);
    expect(failure instanceof BlockFailedError).toBe(isOfBlock);
    await client!.run(mends);
    await insert(file, true);
    expect(await answer("SELECT count() FROM flows")).toEqual(["3"]);
  });
});

describe("a store of an older release", () => {
  it("gets the columns it lacks; old rows and old blocks have zeros there", async () => {
    await opened();
    await insertInto(createBlockWriter(client!, TIERS[0]))(await block(4), false);
    await client!.run("ALTER TABLE flows DROP COLUMN Vlan");
    await client!.run("ALTER TABLE flows DROP COLUMN Block");
    await client!.close();
    client = undefined;
    const store = createStore({ directory: root, retentionDays: 0 });
    await store.start();
    const { rows } = await store.flows({ fromMs: 0, toMs: T0 });
    expect(rows.map((row) => row["Vlan"])).toEqual([0, 0, 0, 0]);
    await store.stop();
    client = await createChdbBackend(storeDirectory(root)).open();
    const type =
      "SELECT groupArray(name || ' ' || type) FROM system.columns WHERE table = 'flows' AND name IN ('Vlan', 'Block')";
    expect(await answer(type)).toEqual([["Vlan UInt16", "Block UInt64"]]);
  });

  it("loses the retention by which the database deletes rows itself", async () => {
    await opened();
    const engine = "SELECT engine_full FROM system.tables WHERE name = 'flows'";
    await client!.run("ALTER TABLE flows MODIFY TTL toDateTime(TimeReceived) + toIntervalDay(99999)");
    expect(String((await answer(engine))![0])).toContain(" TTL ");
    await client!.close();
    client = undefined;
    const store = createStore({ directory: root });
    await store.start();
    await store.stop();
    client = await createChdbBackend(storeDirectory(root)).open();
    expect(String((await answer(engine))![0])).not.toContain(" TTL ");
  });
});
