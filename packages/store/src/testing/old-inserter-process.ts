import { readdir, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { InserterNews } from "./cluster-inserter.ts";
import { CLUSTER } from "./old-cluster.ts";
import { oldEndpoint } from "./old-endpoint.ts";
import { oldBlockOf, oldClient, oldWriter } from "./old-tables.ts";

// Child of ClusterInserter: inserts the blocks of a directory into a cluster until it is killed, and deletes
// the file of each that is stored, as an ingester does. Arguments: directory, database, hosts.
const [directory = "", database = "", ...hosts] = process.argv.slice(2);
const cluster = { name: CLUSTER, slots: 2, shards: 2, shardBy: "flow" } as const;
const client = oldClient(
  hosts.map((host) => oldEndpoint(host, database)),
  database,
  cluster,
);
await client.endEarlier().catch(() => undefined);
const writer = oldWriter(client);
const tell = (news: InserterNews): void => void process.send?.(news);
/** Blocks that an earlier process, or an insert that failed, may have stored. */
const uncertain = new Set(await readdir(directory));
for (;;) {
  for (const name of (await readdir(directory)).filter((each) => !each.endsWith(".tmp"))) {
    const { block, range } = oldBlockOf(directory, name);
    tell("begins");
    try {
      const days = await writer.insertBlock(block, range, uncertain.has(name));
      const stored = [...days.values()].reduce((sum, rows) => sum + rows, 0);
      if (stored < block.name.rows) throw new Error("rows are missing");
      tell("ended");
      await rm(block.file);
    } catch {
      tell("ended");
      uncertain.add(name);
      await sleep(100);
    }
  }
  await sleep(20);
}
