import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TIERS } from "@ngflow/flows";
import { createStore, storeDirectory } from "../create-store.ts";
import { type BlockFile, listBlockFiles } from "../spool/block-file.ts";
import { BlockRefusedError } from "../spool/ingester.ts";
import { createSpool } from "../spool/spool.ts";
import { batchOf } from "../testing/rows.ts";
import { CHDB_DEFAULTS } from "./config.ts";
import { createTable } from "../clickhouse/ddl.ts";
import { type ChdbEngine, openChdb } from "./engine.ts";
import { createChdbWriter } from "./writer.ts";

const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 2, 23, 59, 59);
let root: string;
let engine: ChdbEngine | undefined;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-writer-"));
});

afterEach(async () => {
  await engine?.close();
  engine = undefined;
  await rm(root, { recursive: true, force: true });
});

/** A block of `count` rows, alternating between two days. */
async function block(count: number): Promise<BlockFile> {
  const spool = createSpool({ directory: path.join(root, "it's a \\spool"), flushMs: 60_000 });
  await spool.start();
  spool.write(batchOf(Array.from({ length: count }, (_, i) => ({ TimeReceived: T0 + (i % 2) * DAY, Bytes: i + 1 }))));
  await spool.stop();
  return (await listBlockFiles(path.join(root, "it's a \\spool"))).at(-1)!;
}

async function opened(): Promise<ChdbEngine> {
  engine = await openChdb(storeDirectory(root), CHDB_DEFAULTS);
  await engine.writer.queryAsync(createTable(TIERS[0], 0));
  return engine;
}

async function answer(sql: string): Promise<string> {
  return (await engine!.reader.queryAsync(sql, { format: "TSV" })).text().trim();
}

describe("chdb writer", () => {
  it("does not repeat a block that is stored", async () => {
    const file = await block(10);
    const writer = createChdbWriter((await opened()).writer);
    await writer.insertBlock(file, false);
    await writer.insertBlock(file, true);
    await writer.insertBlock(file, true);
    expect(await answer("SELECT count(), sum(Bytes), uniqExact(_part) FROM flows")).toBe("10\t55\t2");
  });

  it("completes a block of which one day is stored", async () => {
    const file = await block(10);
    const writer = createChdbWriter((await opened()).writer);
    await writer.insertBlock(file, false);
    await engine!.writer.queryAsync("ALTER TABLE flows DROP PARTITION '2026-01-03'");
    expect(await answer("SELECT count() FROM flows")).toBe("5");
    await writer.insertBlock(file, true);
    expect(await answer("SELECT count(), sum(Bytes) FROM flows")).toBe("10\t55");
  });

  it("refuses for good what is no block of flows", async () => {
    const file = await block(3);
    await writeFile(file.file, "not a block");
    const writer = createChdbWriter((await opened()).writer);
    await expect(writer.insertBlock(file, false)).rejects.toBeInstanceOf(BlockRefusedError);
  });

  it("can be tried again after other failures", async () => {
    const file = await block(3);
    const writer = createChdbWriter((await opened()).writer);
    await engine!.writer.queryAsync("RENAME TABLE flows TO away");
    const failure = writer.insertBlock(file, false);
    await expect(failure).rejects.toThrow(/flows/);
    await expect(failure).rejects.not.toBeInstanceOf(BlockRefusedError);
    await engine!.writer.queryAsync("RENAME TABLE away TO flows");
    await writer.insertBlock(file, true);
    expect(await answer("SELECT count() FROM flows")).toBe("3");
  });
});

describe("a store of an older release", () => {
  it("gets the columns it lacks; old rows and old blocks have zeros there", async () => {
    await opened();
    await createChdbWriter(engine!.writer).insertBlock(await block(4), false);
    await engine!.writer.queryAsync("ALTER TABLE flows DROP COLUMN Vlan");
    await engine!.writer.queryAsync("ALTER TABLE flows DROP COLUMN Block");
    await engine!.close();
    engine = undefined;
    const store = createStore({ directory: root, retentionDays: 0 });
    await store.start();
    const { rows } = await store.flows({ fromMs: 0, toMs: T0 });
    expect(rows.map((row) => row["Vlan"])).toEqual([0, 0, 0, 0]);
    await store.stop();
    engine = await openChdb(storeDirectory(root), CHDB_DEFAULTS);
    const type =
      "SELECT groupArray(name || ' ' || type) FROM system.columns WHERE table = 'flows' AND name IN ('Vlan', 'Block')";
    expect(await answer(type)).toBe("['Vlan UInt16','Block UInt64']");
  });

  it("takes the retention it is started with", async () => {
    const ttlOf = async (retentionDays: number): Promise<string> => {
      const store = createStore({ directory: root, retentionDays });
      await store.start();
      await store.stop();
      engine = await openChdb(storeDirectory(root), CHDB_DEFAULTS);
      const text = await answer("SELECT engine_full FROM system.tables WHERE name = 'flows'");
      await engine.close();
      engine = undefined;
      return /TTL (.*?) SETTINGS/.exec(text)?.[1] ?? "";
    };
    expect(await ttlOf(7)).toBe("toDateTime(TimeReceived) + toIntervalDay(7)");
    expect(await ttlOf(90)).toBe("toDateTime(TimeReceived) + toIntervalDay(90)");
    expect(await ttlOf(0)).toBe("");
    expect(await ttlOf(1)).toBe("toDateTime(TimeReceived) + toIntervalDay(1)");
  });
});
