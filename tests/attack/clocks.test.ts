import { existsSync, readdirSync } from "node:fs";
import { sleep } from "../support/command.ts";
import { freeUdpPort } from "../support/udp-port.ts";
import { attacks, type Attack } from "./support/attack.ts";
import { has, honest, pipeline, send, startCollect, startServe, storedHonest, untilStored } from "./support/target.ts";

const DAY_MS = 86_400_000;
const RECORDS = 3000;
/** How long the daemons run with each clock: merges and retention have begun. */
const RUN_MS = 20_000;

/** Debian's library that sets the clock of a process; time measured by the monotonic clock goes on as it is. */
function clock(days: number): NodeJS.ProcessEnv {
  const libraries = readdirSync("/usr/lib").map((name) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`);
  const library = libraries.find(existsSync);
  if (library === undefined) throw new Error("libfaketime is not installed");
  return {
    LD_PRELOAD: library,
    FAKETIME: `${days < 0 ? "-" : "+"}${Math.abs(days)}d`,
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}

/** The library's semaphore belongs to root, who started the daemons: they have to stay root. */
function asRoot(verb: string): string[] {
  return has(verb, "--user") ? ["--user", "root"] : [];
}

/** Collector and store take records with a clock that is `days` wrong; returns the rows that they count as dropped. */
async function run(folder: string, days: number, domain: number): Promise<number> {
  const port = await freeUdpPort();
  const env = days === 0 ? {} : clock(days);
  const collect = await startCollect(folder, port, { env, words: asRoot("collect") });
  const { process: serve, url } = await startServe(folder, { env, words: asRoot("serve") });
  const startMs = Date.now();
  await send(honest(port, 1, RECORDS, { domain }));
  await untilStored(url);
  await sleep(Math.max(0, startMs + RUN_MS - Date.now()));
  await collect.stop();
  const told = (await pipeline(url)).hops.find(({ hop }) => hop === "store")?.counters ?? {};
  await serve.stop();
  const counted = Object.entries(told).filter(([name]) => /^rows.*(Dropped|Damaged|Missing)/.test(name));
  return counted.reduce((sum, [, count]) => sum + count, 0);
}

const now = Date.now();
const CLOCKS = [
  { name: "45-days-ahead", days: 45, before: 3000 },
  { name: "400-days-ahead", days: 400, before: 3000 },
  { name: "400-days-behind", days: -400, before: 3000 },
  { name: "1970", days: -Math.floor(now / DAY_MS) + 1, before: 3000 },
  { name: "2290", days: Math.ceil((Date.UTC(2290, 0) - now) / DAY_MS), before: 6000 },
] as const;

attacks(
  "clocks",
  CLOCKS.map(({ name, days, before }): Attack => ({
    name,
    does: `the clock is right, then wrong for ${RUN_MS / 1000} s (${name}), and right again`,
    unit: "rows gone, not counted",
    before,
    bar: 0,
    tools: ["faketime"],
    rounds: { short: 0, long: 1 },
    seconds: 150,
    async run({ folder }) {
      await run(folder, 0, 1);
      const wrong = await run(folder, days, 2);
      const right = await run(folder, 0, 3);
      return 3 * RECORDS - storedHonest(folder).ids - Math.max(wrong, right);
    },
  })),
);
