import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { enclosed } from "../../tools/verify/namespaces.mjs";
import { removeAtEnd } from "../support/cleanup.ts";
import { ROOT } from "../support/command.ts";
import { attacks } from "./support/attack.ts";

const testing = (name: string): string => join(ROOT, "packages/store/src/testing", name);
const SERVER = "/usr/sbin/clickhouse-server";
const SECONDS = 1500;
/** No other round begins after this time, so that there is time to catch up. */
const ROUNDS_SECONDS = 1200;
/** What packages/store tests in none of its tests. */
const SHORT = "unplugged,parted,disk";
const SEED = 1;

attacks("cluster", [
  {
    name: "faults",
    does:
      "replica, shard, keeper of a cluster of 18.16, and what inserts, are killed at random moments; servers are " +
      "unplugged and parted, and a disk is full",
    unit: "blocks of which the cluster has not every row once",
    before: Number.POSITIVE_INFINITY,
    bar: 0,
    tools: existsSync(SERVER) ? ["java", "ip", "mount", "unshare", "setpriv"] : [SERVER],
    rounds: { short: 3, long: 50 },
    seconds: SECONDS,
    async run({ folder, rounds, isLong, say, note }) {
      const loader = ["--conditions=@ngflow/source", "--import", testing("source-loader.mjs")];
      const words = [process.execPath, ...loader, testing("cluster-rounds-process.ts"), folder];
      const how = [rounds, SEED, ROUNDS_SECONDS, ...(isLong ? [] : [SHORT])].map(String);
      const [program = "", ...rest] = enclosed([...words, ...how]);
      const child = spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"] });
      removeAtEnd(() => child.kill("SIGKILL"));
      let last = "";
      for await (const line of createInterface(child.stdout)) say((last = line));
      const report = JSON.parse(last) as { readonly wrong: number };
      note({ ...report, load: loadavg()[0] });
      return report.wrong;
    },
  },
]);
