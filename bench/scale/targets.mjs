// The databases of `npm run bench:scale`, each with what is done to it: blocks are prepared, which is not timed, then
// taken. `servers()`: pids of other processes that work for it.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createSpool, createStore, ledgerFile, spoolDirectory } from "@ngflow/store";
import { createBlockWriter } from "../../packages/store/src/clickhouse/writer.ts";
import { CLUSTER, startOldCluster } from "../../packages/store/src/testing/old-cluster.ts";
import { oldEndpoint } from "../../packages/store/src/testing/old-endpoint.ts";
import { oldBlockOf, oldClient } from "../../packages/store/src/testing/old-tables.ts";
import { startServerProcess } from "../../packages/store/src/testing/server-process.ts";
import { createOldFlows, OLD_FLOWS, writeOldBlock } from "./old-flows.mjs";
import { oldNumbers } from "./questions.mjs";

/** Blocks wait here before they are taken, however many. */
const SPOOL_BYTES = 2 ** 40;
const QUERY_MS = 300_000;
const TICKS_PER_SECOND = 100;

/** CPU seconds that a process has used. */
export function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** A store with all of ngflow's tables: the embedded one, or with `url` that of a server. */
async function storeTarget(data, url) {
  mkdirSync(data, { recursive: true });
  const spool = createSpool({ directory: spoolDirectory(data), ledgerFile: ledgerFile(data), maxBytes: SPOOL_BYTES });
  await spool.start();
  const store = createStore({ directory: data, retentionDays: 0, ingest: false, queryTimeoutMs: QUERY_MS, ...url });
  await store.start();
  return {
    async prepare(batch) {
      if (spool.write(batch) !== batch.rows) throw new Error("the spool refused rows");
      await spool.flush();
    },
    take: () => store.drain(),
    rollUp: () => store.rollUp(),
    ask: async ({ words, ours }, range) => ours(await store.query({ ...words, ...range })),
    async bytes() {
      const { tiers } = await store.status();
      return tiers.reduce((sum, tier) => sum + (tier.bytes ?? 0), 0);
    },
    async stop() {
      await spool.stop();
      await store.stop();
    },
  };
}

async function today(folder) {
  process.env.NGFLOW_SQL_SERVER = "large";
  const server = await startServerProcess(join(folder, "db"));
  try {
    const target = await storeTarget(join(folder, "data"), { url: `clickhouse://${server.host}/default` });
    const stop = async () => {
      await target.stop();
      await server.stop();
    };
    return { ...target, servers: () => [server.child.pid], stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * ClickHouse 18.16 with a simpler table of the same flows; the writer of blocks is ngflow's, its upkeep is not there.
 */
async function old(folder, shards) {
  const cluster = await startOldCluster(folder, { shards, replicas: 1 });
  const facts = shards === 1 ? undefined : { name: CLUSTER, slots: shards, shards, shardBy: "flow" };
  const client = oldClient(
    cluster.hosts.map((host) => oldEndpoint(host, "default")),
    "default",
    facts,
    QUERY_MS,
  );
  const blocks = join(folder, "blocks");
  mkdirSync(blocks);
  await createOldFlows(client);
  const writer = createBlockWriter(client, undefined, OLD_FLOWS);
  return {
    prepare(batch, { fromMs, toMs }) {
      const name = [randomBytes(8).toString("hex"), batch.rows, Math.floor(fromMs), Math.ceil(toMs)].join("-");
      writeOldBlock(join(blocks, name), batch);
    },
    async take() {
      for (const name of readdirSync(blocks)) {
        const { block, range } = oldBlockOf(blocks, name);
        const days = await writer.insertBlock(block, range, false);
        const rows = [...days.values()].reduce((sum, each) => sum + each, 0);
        if (rows !== block.name.rows) throw new Error(`${rows} rows of ${block.name.rows} are stored`);
        rmSync(block.file);
      }
    },
    ask: async ({ sql }) => oldNumbers(await client.inspect(sql)),
    async bytes() {
      const local = facts === undefined ? "system.parts" : `cluster('${CLUSTER}', system.parts)`;
      const [[bytes]] = await client.inspect(`SELECT sum(bytes_on_disk) FROM ${local} WHERE active`);
      return Number(bytes);
    },
    servers: () => cluster.servers.flat().map(({ pid }) => pid()),
    async stop() {
      await client.close();
      await cluster.stop();
    },
  };
}

/** Every target by name; the first is what the others are compared with. */
export const TARGETS = {
  chdb: (folder) => storeTarget(join(folder, "data")),
  "1 server": today,
  "1 server of 18.16": (folder) => old(folder, 1),
  "2 shards of 18.16": (folder) => old(folder, 2),
};

export async function startTarget(name, folder) {
  const own = mkdtempSync(join(folder, "target-"));
  const target = await TARGETS[name](own);
  return { servers: () => [], name, ...target };
}
