import { readdirSync } from "node:fs";
import { join } from "node:path";
import { rollUpsOf, type Tier, TIERS } from "@ngflow/flows";
import { type Background, sleep } from "../support/command.ts";
import { freeUdpPort } from "../support/udp-port.ts";
import { attacks, type Given } from "./support/attack.ts";
import {
  counter,
  HONEST,
  honest,
  pipeline,
  rows,
  sender,
  startAll,
  startCollect,
  startServe,
} from "./support/target.ts";

const RECORDS_PER_SECOND = 20_000;
/** The daemon is killed between these times after the exporter began. */
const KILL_MS = [300, 1500] as const;

/** Daemons that `round` starts are killed while an exporter sends; its records have the ids from 1 on, in a domain. */
async function kill(rounds: number, port: number, round: () => Promise<readonly Background[]>): Promise<void> {
  for (let n = 0; n < rounds; n++) {
    const daemons = await round();
    const sending = sender([honest(port, KILL_MS[1] / 1000 + 1, RECORDS_PER_SECOND, { domain: n + 1 })]);
    await sending.until("the exporter", () => sending.stdout.includes("ready"));
    const [least, most] = KILL_MS;
    // Spread over the time evenly, in an order that does not follow the rounds.
    await sleep(least + (((n * 37) % rounds) / rounds) * (most - least));
    for (const daemon of daemons) process.kill(-daemon.pid, "SIGKILL");
    await Promise.all(daemons.map((daemon) => daemon.ended(5000)));
    await sending.stop("SIGKILL");
  }
}

/** Stores what waits; returns the number of rows stored, and of those twice there or missing before a later one. */
async function stored(given: Given): Promise<{ readonly all: number; readonly faults: number }> {
  const { folder, rounds, say, note } = given;
  const { process: serve, url } = await startServe(folder);
  const now = async (name: string): Promise<number | undefined> => counter(await pipeline(url), "store", name);
  await serve.until("all blocks", async () => (await now("ledgerWaiting")) === 0, 300_000);
  await serve.until("the roll-ups", async () => (await now("rowsUnrolled")) === 0, 90_000);
  const acknowledged = (await now("ledgerAcknowledged")) ?? 0;
  await serve.stop();
  const sql = `SELECT count(), count() - uniqExact(Packets), max(Packets) - uniqExact(Packets) FROM flows
    WHERE endsWith(toString(ExporterAddr), '${HONEST}') GROUP BY Domain`;
  const domains = rows(folder, sql).map((cells) => cells.map(Number) as [number, number, number]);
  const sum = (at: 0 | 1 | 2): number => domains.reduce((all, domain) => all + domain[at], 0);
  const all = Number(rows(folder, "SELECT count() FROM flows")[0]![0]);
  const found = { rounds, acknowledged, stored: all, ofExporter: sum(0), twice: sum(1), missing: sum(2) };
  const inSums = rolledFaults(folder);
  note({ ...found, inSums });
  say(
    Object.entries({ ...found, inSums })
      .map(([name, count]) => `${name} ${count}`)
      .join(", "),
  );
  if (all === 0) throw new Error("nothing was stored before the kills");
  return { all, faults: found.twice + found.missing + inSums + Math.abs(acknowledged - all) };
}

/** Flows that a tier has twice or not, and tiers whose packets are not those of the flows, of all tiers. */
function rolledFaults(folder: string): number {
  const sums = (sql: string): bigint[] => rows(folder, sql)[0]!.map((cell) => BigInt(String(cell)));
  const [flows = 0n, packets = 0n] = sums("SELECT count(), sum(Packets * greatest(SamplingRate, 1)) FROM flows");
  let faults = 0;
  for (const { table } of rollUpsOf<Tier>(TIERS)) {
    const [f = 0n, p = 0n] = sums(
      `SELECT sum(f), sum(p) FROM (SELECT Flows AS f, toUInt128(Packets) AS p FROM ${table}` +
        " UNION ALL SELECT 1, toUInt128(Packets * greatest(SamplingRate, 1)) FROM flows_long)",
    );
    faults += Math.abs(Number(f - flows)) + (p === packets ? 0 : 1);
  }
  return faults;
}

/** Rows of the block files in the spool of a folder: all of them were acknowledged. */
function waiting({ folder }: Given): number {
  const names = readdirSync(join(folder, "data/spool")).filter((name) => name.endsWith(".native"));
  return names.reduce((sum, name) => sum + Number(name.split("-")[3]), 0);
}

attacks("kill", [
  {
    name: "collect",
    does: "ngflow collect is killed while an exporter sends 20,000 records a second",
    unit: "rows missing or twice",
    before: 0,
    bar: 0,
    rounds: { short: 2, long: 100 },
    seconds: 2400,
    async run(given) {
      const port = await freeUdpPort();
      await kill(given.rounds, port, async () => [await startCollect(given.folder, port)]);
      const acknowledged = waiting(given);
      const { all, faults } = await stored(given);
      return faults + Math.abs(acknowledged - all);
    },
  },
  {
    name: "serve",
    does: "ngflow serve is killed while it stores what ngflow collect takes",
    unit: "rows missing or twice",
    before: 0,
    bar: 0,
    rounds: { short: 4, long: 100 },
    seconds: 2400,
    async run(given) {
      const port = await freeUdpPort();
      const collect = await startCollect(given.folder, port);
      await kill(given.rounds, port, async () => [(await startServe(given.folder)).process]);
      await collect.stop();
      return (await stored(given)).faults;
    },
  },
  {
    name: "all",
    does: "graph, collector and store of one command are killed",
    unit: "rows missing or twice",
    before: 0,
    bar: 0,
    rounds: { short: 4, long: 100 },
    seconds: 2400,
    async run(given) {
      const port = await freeUdpPort();
      await kill(given.rounds, port, async () => [(await startAll(given.folder, port)).process]);
      return (await stored(given)).faults;
    },
  },
]);
