import { existsSync } from "node:fs";
import { join } from "node:path";
import { must, ROOT } from "../support/command.ts";
import { attacks } from "./support/attack.ts";

const testing = (name: string): string => join(ROOT, "packages/store/src/testing", name);
const SERVER = "/usr/sbin/clickhouse-server";
const SECONDS = 1500;

attacks("cluster", [
  {
    name: "faults",
    does: "replica, shard, keeper of a cluster of 18.16, and what inserts, are killed at random moments",
    unit: "blocks of which the cluster has not every row once",
    before: Number.POSITIVE_INFINITY,
    bar: 0,
    tools: existsSync(SERVER) ? ["java"] : [SERVER],
    rounds: { short: 0, long: 50 },
    seconds: SECONDS,
    run({ folder, rounds, say }) {
      const loader = ["--conditions=@ngflow/source", "--import", testing("source-loader.mjs")];
      const words = [process.execPath, ...loader, testing("cluster-rounds-process.ts"), folder, String(rounds)];
      const line = must(words, { timeoutMs: SECONDS * 1000 }).trim();
      say(line);
      return Promise.resolve((JSON.parse(line) as { wrong: number }).wrong);
    },
  },
]);
