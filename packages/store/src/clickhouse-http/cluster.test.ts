import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, localTable, readCluster } from "../clickhouse/cluster.ts";
import { partsOf, rowsByDay } from "../clickhouse/parts.ts";
import { dropDay } from "../clickhouse/quota.ts";
import { areWhole } from "../clickhouse/replicas.ts";
import type { SqlClient } from "../clickhouse/sql-client.ts";
import { ABSENT, CLUSTER, type OldCluster, startOldCluster } from "../testing/old-cluster.ts";
import { oldEndpoint } from "../testing/old-endpoint.ts";
import { createOldTables, oldBlock, oldClient, oldWriter } from "../testing/old-tables.ts";
import type { ServerClient } from "./server-client.ts";

/**
 * Two shards with two replicas each and a ZooKeeper, as Debian has them (18.16). They cannot hold the columns of
 * flows, so theirs are simpler ones. What is tested is what ngflow makes of a cluster: definitions on all servers,
 * rows divided by a key, inserts that each shard has once, servers that are away. cluster-contract.test.ts has the
 * rest.
 */
const DATABASE = "ngflow";
const T0 = Date.UTC(2026, 0, 2, 12);
const absent = ABSENT.length === 0 ? "" : ` (not installed: ${ABSENT.join(", ")})`;

describe.skipIf(absent !== "")(`a cluster of ClickHouse 18.16${absent}`, () => {
  let root: string;
  let cluster: OldCluster;
  let facts: Cluster;
  const clients: ServerClient[] = [];

  /** A client that tries the servers in this order. */
  const clientOf = (hosts = cluster.hosts): ServerClient => {
    const client = oldClient(
      hosts.map((host) => oldEndpoint(host, DATABASE)),
      DATABASE,
      facts,
    );
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), "ngflow-cluster-"));
    cluster = await startOldCluster(root);
    const [host = ""] = cluster.hosts;
    const nobody = { name: CLUSTER, slots: 2, shards: 2, shardBy: "flow" } as const;
    const first = oldClient([oldEndpoint(host, "default")], DATABASE, nobody);
    facts = await readCluster(first.inspect, { name: CLUSTER, shardBy: "flow" }, DATABASE);
    await first.run(`CREATE DATABASE IF NOT EXISTS ${DATABASE} ON CLUSTER \`${CLUSTER}\``);
    await first.close();
  }, 120_000);

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await cluster?.stop();
    await rm(root, { recursive: true, force: true });
  });

  const counts = async (client: SqlClient, table = "flows"): Promise<number[]> =>
    (await client.inspect(`SELECT count(), uniqExact(Block, Host) FROM ${table}`))[0]!.map(Number);

  it("is asked for its shards, and for what it knows instead of a wrong name", async () => {
    expect(facts).toEqual({ name: CLUSTER, slots: 2, shards: 2, shardBy: "flow" });
    const wrong = readCluster(clientOf().inspect, { name: "other", shardBy: "flow" }, DATABASE);
    await expect(wrong).rejects.toMatchObject({
      code: "store-cluster",
      message: expect.stringContaining(`knows no cluster "other" (it knows ${CLUSTER})`),
    });
  });

  it("gets its tables once when two start at the same time", async () => {
    const [first, second] = [clientOf(), clientOf(cluster.hosts.toReversed())];
    await Promise.all([createOldTables(first), createOldTables(second)]);
    for (const host of cluster.hosts) {
      const names = await clientOf([host]).inspect(
        `SELECT name, engine FROM system.tables WHERE database = '${DATABASE}' ORDER BY name`,
      );
      expect(names).toEqual([
        ["flows", "Distributed"],
        ["flows_local", "ReplicatedMergeTree"],
      ]);
    }
  }, 60_000);

  it("has the rows of a block once, on the shards of their keys, however often it is inserted", async () => {
    const client = clientOf();
    const { block, range } = await oldBlock(root, 1000, T0);
    const writer = oldWriter(client);
    const days = new Map([
      ["2026-01-02", 500],
      ["2026-01-03", 500],
    ]);
    expect(await writer.insertBlock(block, range, false)).toEqual(days);
    // It is not known that it was stored, and it is known that it may have been.
    expect(await writer.insertBlock(block, range, false)).toEqual(days);
    expect(await writer.insertBlock(block, range, true)).toEqual(days);
    expect(await counts(client)).toEqual([1000, 1000]);
    expect(rowsByDay(await partsOf(client, { table: "flows" } as never))).toEqual(days);
    const shards = [0, 1].map((shard) => clientOf([cluster.servers[shard]![0]!.host]));
    const parts = await Promise.all(shards.map((shard) => counts(shard, localTable(shard.facts, "flows"))));
    expect(parts[0]![0]! + parts[1]![0]!).toBe(1000);
    for (const [shard, each] of parts.entries()) {
      expect(each[0]).toBeGreaterThan(400);
      const others = `SELECT countIf(cityHash64(Host) % 2 != ${shard}) FROM flows_local`;
      expect(Number((await shards[shard]!.inspect(others))[0]![0])).toBe(0);
    }
  }, 60_000);

  it("completes a block of which one shard has one day", async () => {
    const client = clientOf();
    const { block, range } = await oldBlock(root, 1000, T0 + 10 * 86_400_000);
    const { host } = cluster.servers[1]![1]!;
    const some = `INSERT INTO flows_local SELECT Received, Host, Bytes, toUInt64(${BigInt(`0x${block.name.id}`)})`;
    await clientOf([host]).over(
      { path: block.file, format: "JSONEachRow", structure: "Received UInt64, Host UInt64, Bytes UInt64" },
      (rows) =>
        `${some} FROM ${rows} WHERE cityHash64(Host) % 2 = 1 AND toDate(intDiv(Received, 1000)) = toDate('2026-01-12')`,
    );
    await expect.poll(() => areWhole(client, "flows")).toBe(true);
    const days = await oldWriter(client).insertBlock(block, range, true);
    expect([...days.values()]).toEqual([500, 500]);
    expect(await counts(client)).toEqual([2000, 2000]);
  }, 60_000);

  it("drops a day on every shard", async () => {
    const client = clientOf();
    await dropDay(client, { table: "flows", day: "2026-01-12" });
    await dropDay(client, { table: "flows", day: "2026-01-13" });
    expect(await counts(client)).toEqual([1000, 1000]);
  }, 90_000);

  it("takes blocks and answers while a replica is away, which has all of them later", async () => {
    const [gone] = cluster.servers[0]!;
    await gone!.kill();
    const client = clientOf();
    for (let n = 0; n < 3; n++) {
      const { block, range } = await oldBlock(root, 100, T0 + 20 * 86_400_000);
      const days = await oldWriter(client).insertBlock(block, range, false);
      expect([...days.values()]).toEqual([50, 50]);
    }
    expect(await counts(client)).toEqual([1300, 1300]);
    await gone!.start();
    const back = clientOf([gone!.host]);
    await expect.poll(() => areWhole(back, "flows"), { timeout: 30_000, interval: 250 }).toBe(true);
    const shard = await counts(clientOf([cluster.servers[0]![1]!.host]), "flows_local");
    expect(await counts(back, "flows_local")).toEqual(shard);
  }, 90_000);

  it("says so instead of an answer that lacks a shard, and takes the block once when it is back", async () => {
    const client = clientOf();
    await Promise.all(cluster.servers[1]!.map((server) => server.kill()));
    await expect(counts(client)).rejects.toMatchObject({ clickhouseCode: 279 });
    const { block, range } = await oldBlock(root, 100, T0 + 30 * 86_400_000);
    // The other shard has its half of it already.
    await expect(oldWriter(client).insertBlock(block, range, false)).rejects.toThrow();
    await Promise.all(cluster.servers[1]!.map((server) => server.start()));
    const stored = async (): Promise<number> => {
      const days = await oldWriter(client).insertBlock(block, range, true);
      return [...days.values()].reduce((sum, rows) => sum + rows, 0);
    };
    await expect.poll(() => stored().catch(() => 0), { timeout: 30_000, interval: 500 }).toBe(100);
    expect(await counts(client)).toEqual([1400, 1400]);
  }, 90_000);

  it("takes no block without its keeper, and each once when that is back", async () => {
    const client = clientOf();
    await cluster.keeper.kill();
    const { block, range } = await oldBlock(root, 100, T0 + 40 * 86_400_000);
    const insert = (maybeStored: boolean): Promise<unknown> => oldWriter(client).insertBlock(block, range, maybeStored);
    await expect(insert(false)).rejects.toThrow();
    expect(await counts(client)).toEqual([1400, 1400]);
    await cluster.keeper.start();
    let stored = false;
    while (!stored) {
      await cluster.restartEnded();
      stored = await insert(true).then(
        () => true,
        () => false,
      );
      await sleep(250);
    }
    expect(await counts(client)).toEqual([1500, 1500]);
  }, 90_000);
});
