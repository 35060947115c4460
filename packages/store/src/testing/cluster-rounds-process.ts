import { mkdir, readdir, rename } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seededRng } from "@ngflow/base";
import { areWhole } from "../clickhouse/replicas.ts";
import type { ServerClient } from "../clickhouse-http/server-client.ts";
import { causeFault, diskOf, FAULTS, type FaultKind } from "./cluster-faults.ts";
import { ClusterInserter } from "./cluster-inserter.ts";
import { makeClusterNetwork } from "./cluster-network.ts";
import { CLUSTER, startOldCluster } from "./old-cluster.ts";
import { oldEndpoint } from "./old-endpoint.ts";
import { createOldTables, oldBlock, oldClient } from "./old-tables.ts";
import { mountSmallDisk } from "./small-disk.ts";

// `cluster-rounds-process.ts DIRECTORY ROUNDS [SEED [MOST_SECONDS [KINDS]]]`: faults of a cluster of 18.16, one in each
// round at a random moment, while blocks come at a steady rate (cluster-faults.ts has them; KINDS are some of them,
// with commas). Every server has a host and a disk of its own. Needs namespaces of its own for network and mounts
// (`enclosed` of tools/verify/namespaces.mjs). After MOST_SECONDS no other round begins. It prints a line of JSON for
// each round, and at the end one with all: what was there, and the blocks of which the cluster has not every row once.
const [directory = "", rounds = "1", seed = "1", mostSeconds = "1200", only] = process.argv.slice(2);
const DATABASE = "ngflow";
const BLOCK_ROWS = 200;
const EVERY_MS = 400;
const DISK_MEBIBYTES = 96;
/** Longest time until all is stored after the last round. */
const END_MS = 600_000;
/** A fault begins at the latest so long after the last one, also if no block was stored since. */
const MOVING_MS = 30_000;
const T0 = Date.UTC(2026, 0, 2, 12);

const rng = seededRng(Number(seed));
const upTo = (count: number): number => rng.u32() % count;
const kinds = (only?.split(",") ?? Object.keys(FAULTS)) as FaultKind[];

const network = makeClusterNetwork(["keeper", "s0r0", "s0r1", "s1r0", "s1r1"]);
for (const name of ["s0r0", "s0r1", "s1r0", "s1r1"]) {
  mountSmallDisk(diskOf({ directory: path.join(directory, name) }), DISK_MEBIBYTES);
}
const cluster = await startOldCluster(directory, { placeOf: network.placeOf });
const facts = { name: CLUSTER, slots: 2, shards: 2, shardBy: "flow" } as const;
const clientOf = (hosts: readonly string[], database = DATABASE): ServerClient =>
  oldClient(
    hosts.map((host) => oldEndpoint(host, database)),
    database,
    facts,
  );
const first = clientOf(cluster.hosts, "default");
await first.run(`CREATE DATABASE IF NOT EXISTS ${DATABASE} ON CLUSTER \`${CLUSTER}\``);
await first.close();
const client = clientOf(cluster.hosts);
await createOldTables(client);

const [making, blocks] = [path.join(directory, "making"), path.join(directory, "blocks")];
await Promise.all([making, blocks].map((each) => mkdir(each)));
/** The round of each block that is in the directory, or was, by its id as the table has it. */
const acknowledged = new Map<string, number>();
let round = 0;
let isComing = true;
const startedMs = Date.now();
const coming = (async () => {
  for (let made = 0; isComing; made++) {
    const { block } = await oldBlock(making, BLOCK_ROWS, T0 + (made % 1000) * 1000);
    acknowledged.set(BigInt(`0x${block.name.id}`).toString(), round);
    await rename(block.file, path.join(blocks, path.basename(block.file)));
    await sleep(startedMs + (made + 1) * EVERY_MS - Date.now());
  }
})();

const inserter = new ClusterInserter(blocks, DATABASE, cluster.hosts);
const restartEnded = (): Promise<void> => cluster.restartEnded().catch(() => undefined);

/** Rows of the answer to a question of all shards; asked again while a server is not back yet. */
async function ask(sql: string): Promise<readonly (readonly unknown[])[]> {
  for (const endMs = Date.now() + END_MS; ;) {
    try {
      return await client.inspect(sql);
    } catch (error) {
      if (Date.now() > endMs) throw error;
      await restartEnded();
      await sleep(250);
    }
  }
}

const stored = async (): Promise<number> => acknowledged.size - (await readdir(blocks)).length;

/** Waits until blocks are stored again, so that a fault meets inserts. */
async function untilMoving(): Promise<void> {
  const [before, endMs] = [await stored(), Date.now() + MOVING_MS];
  while ((await stored()) <= before && Date.now() < endMs) await sleep(50);
}

try {
  inserter.start();
  const faultOf: FaultKind[] = [];
  while (round < Number(rounds) && Date.now() - startedMs < Number(mostSeconds) * 1000) {
    await untilMoving();
    await sleep(upTo(1500));
    const kind = kinds[round % kinds.length]!;
    const beganMs = Date.now();
    await causeFault(kind, { cluster, network, inserter, upTo });
    faultOf.push(kind);
    round++;
    const waiting = (await readdir(blocks)).length;
    const line = { round, kind, seconds: (Date.now() - beganMs) / 1000, blocks: acknowledged.size, waiting };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
  isComing = false;
  await coming;
  const comingMs = Date.now() - startedMs;
  const waitingSinceMs = Date.now();
  const isWaiting = async (): Promise<boolean> =>
    (await readdir(blocks)).length > 0 || !(await areWhole(client, "flows").catch(() => false));
  while (Date.now() - waitingSinceMs < END_MS && (await isWaiting())) {
    await restartEnded();
    await sleep(250);
  }
  const found = await ask("SELECT toString(Block), count() AS n, uniqExact(Host) AS h FROM flows GROUP BY Block");
  const counts = new Map(found.map(([id, rows, hosts]) => [String(id), [Number(rows), Number(hosts)] as const]));
  const isWhole = (id: string): boolean => counts.get(id)?.every((count) => count === BLOCK_ROWS) ?? false;
  const broken = [...acknowledged].filter(([id]) => !isWhole(id));
  const strange = [...counts.keys()].filter((id) => !acknowledged.has(id)).length;
  const faults = Object.fromEntries(kinds.map((kind) => [kind, faultOf.filter((each) => each === kind).length]));
  const report = {
    ...{ rounds: round, faults, kills: inserter.killed },
    ...{ blocks: acknowledged.size, rows: acknowledged.size * BLOCK_ROWS },
    rowsPerSecond: Math.round((acknowledged.size * BLOCK_ROWS * 1000) / comingMs),
    rowsStored: [...counts.values()].reduce((sum, [rows]) => sum + rows, 0),
    wrong: broken.length + strange,
    wrongRounds: [...new Set(broken.map(([, at]) => `${at + 1} ${faultOf[at] ?? "end"}`))],
    ...{ caughtUpMs: Date.now() - waitingSinceMs, seconds: Math.round((Date.now() - startedMs) / 1000) },
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
} finally {
  isComing = false;
  await coming;
  await inserter.stop();
  await client.close();
  await cluster.stop();
}
