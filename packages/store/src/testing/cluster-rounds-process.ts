import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, rename } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { seededRng } from "@ngflow/base";
import { areWhole } from "../clickhouse/replicas.ts";
import type { ServerClient } from "../clickhouse-http/server-client.ts";
import { CLUSTER, startOldCluster } from "./old-cluster.ts";
import { oldEndpoint } from "./old-endpoint.ts";
import { createOldTables, oldBlock, oldClient } from "./old-tables.ts";

// `cluster-rounds-process.ts DIRECTORY ROUNDS [SEED]`: faults of a cluster of 18.16, one in each round at a random
// moment, while blocks come all the time: a replica, a shard or the keeper is killed and comes back, and the process
// that inserts is killed in the middle of it. It ends with a line of JSON: what was there, and the blocks of which the
// cluster has not every row once.
const [directory = "", rounds = "1", seed = "1"] = process.argv.slice(2);
const DATABASE = "ngflow";
const BLOCK_ROWS = 200;
const EVERY_MS = 400;
/** Longest time until all is stored after the last round. */
const END_MS = 600_000;
const MOST_STARTS = 20;
const T0 = Date.UTC(2026, 0, 2, 12);

const rng = seededRng(Number(seed));
const upTo = (count: number): number => rng.u32() % count;
const cluster = await startOldCluster(directory);
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
/** Blocks that are in the directory, or were. */
let acknowledged = 0;
let isComing = true;
const coming = (async () => {
  while (isComing) {
    const { block } = await oldBlock(making, BLOCK_ROWS, T0 + (acknowledged % 1000) * 1000);
    await rename(block.file, path.join(blocks, path.basename(block.file)));
    acknowledged++;
    await sleep(EVERY_MS);
  }
})();

let inserter: ChildProcess | undefined;
function startInserter(): void {
  const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const words = ["--conditions=@ngflow/source", "--import", file("source-loader.mjs"), file("old-inserter-process.ts")];
  inserter = spawn(process.execPath, [...words, blocks, DATABASE, ...cluster.hosts], { stdio: "inherit" });
}
async function killInserter(): Promise<void> {
  const ended = once(inserter!, "exit");
  inserter!.kill("SIGKILL");
  await ended;
}

const faults = { replica: 0, shard: 0, keeper: 0, inserter: 0 };
const servers = cluster.servers.flat();

/** One fault, for a time. */
async function fault(kind: keyof typeof faults): Promise<void> {
  faults[kind]++;
  if (kind === "inserter") {
    await killInserter();
    startInserter();
    return;
  }
  const shard = cluster.servers[upTo(cluster.servers.length)]!;
  const gone = { replica: [servers[upTo(servers.length)]!], shard, keeper: [cluster.keeper] }[kind];
  await Promise.all(gone.map((member) => member.kill()));
  // Half of the time the process is killed meanwhile, too.
  if (upTo(2) === 0) {
    await sleep(upTo(300));
    await killInserter();
    startInserter();
  }
  await sleep(200 + upTo(1500));
  await Promise.all(gone.map(backAgain));
  await Promise.all(servers.map((server) => (server.hasEnded() ? backAgain(server) : undefined)));
}

/** Starts a program that was killed. 18.16 also ends at its start while the keeper has its earlier life for alive. */
async function backAgain(member: (typeof servers)[number]): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await member.start();
    } catch (error) {
      if (tries === MOST_STARTS) throw error;
      await sleep(500);
    }
  }
}

const restartEnded = (): Promise<void> => cluster.restartEnded().catch(() => undefined);

/** Rows of the answer to a question of all shards, as numbers; asked again while a server is not back yet. */
async function ask(sql: string): Promise<number[][]> {
  for (const endMs = Date.now() + END_MS; ;) {
    try {
      return (await client.inspect(sql)).map((row) => row.map(Number));
    } catch (error) {
      if (Date.now() > endMs) throw error;
      await restartEnded();
      await sleep(250);
    }
  }
}

const startedMs = Date.now();
try {
  startInserter();
  const kinds = Object.keys(faults) as (keyof typeof faults)[];
  for (let round = 0; round < Number(rounds); round++) {
    await sleep(upTo(800));
    await fault(kinds[round % kinds.length]!);
  }
  isComing = false;
  await coming;
  const waitingSinceMs = Date.now();
  const waiting = async (): Promise<boolean> =>
    (await readdir(blocks)).length > 0 || !(await areWhole(client, "flows").catch(() => false));
  while (Date.now() - waitingSinceMs < END_MS && (await waiting())) {
    await restartEnded();
    await sleep(250);
  }
  const found = await ask("SELECT count() AS n, uniqExact(Host) AS h FROM flows GROUP BY Block");
  const whole = found.filter(([rows, hosts]) => rows === BLOCK_ROWS && hosts === BLOCK_ROWS).length;
  const report = {
    ...{ rounds: Number(rounds), faults, blocks: acknowledged, rows: acknowledged * BLOCK_ROWS },
    wrong: acknowledged - whole + Math.max(0, found.length - acknowledged),
    ...{ caughtUpMs: Date.now() - waitingSinceMs, seconds: Math.round((Date.now() - startedMs) / 1000) },
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
} finally {
  isComing = false;
  await coming;
  await killInserter();
  await client.close();
  await cluster.stop();
}
