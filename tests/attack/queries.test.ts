import { join } from "node:path";
import { must } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { writeLongFlows } from "../support/long-flows.ts";
import { attacks, type Attack, type Given } from "./support/attack.ts";
import { has, prepare, probe, start, verb } from "./support/target.ts";

/** Flows of the store: each has an address of its own and lasts an hour. */
const FLOWS = 20_000;
const HOUR_MS = 3_600_000;
const PORT = 8080;
/** Addresses of the network that the questions come from. */
const HONEST = "10.77.0.3";
const HOSTILE = ["10.77.0.2", "10.77.0.4", "10.77.0.5", "10.77.0.6"];

/** What keeps the database busy for as long as a query may take. */
const HEAVY = `/api/v1/sql?sql=${encodeURIComponent("SELECT sum(sipHash64(number)) AS s FROM numbers(1000000000000)")}`;
/** One block of it takes longer than a query may take. */
const DISTANCES =
  "SELECT sum(editDistance(repeat('a', 1200), repeat(char(97 + number % 26), 1200))) AS s FROM numbers(60000)";
const HANGING = `/api/v1/sql?sql=${encodeURIComponent(DISTANCES)}`;
const RECORDS = "/api/v1/flows?last=2h&limit=10000";
const DASHBOARD = [
  ...["by=Proto&metric=bytes&step=auto", "by=SrcAddr&metric=bytes&top=10", "by=DstPort&metric=bytes&top=10"],
  ...["by=ExporterAddr&metric=packets", "metric=flows"],
].map((words) => `/api/v1/query?last=1h&${words}`);

interface Hostile extends Pick<Attack, "name" | "does" | "bar" | "before" | "rounds"> {
  readonly addresses: number;
  /** Of each address. */
  readonly connections: number;
  readonly path: string;
  /** Bytes of an answer that each connection reads in a second; 0 for all. */
  readonly readBytes: number;
}

const ROWS: readonly Hostile[] = [
  {
    name: "heavy",
    does: "50 connections of one address, each with queries that take all the time there is",
    ...{ addresses: 1, connections: 50, path: HEAVY, readBytes: 0 },
    ...{ before: Number.POSITIVE_INFINITY, bar: 5, rounds: { short: 4, long: 20 } },
  },
  {
    name: "hanging",
    does: "10 connections of one address, each with a function that the database cannot interrupt",
    ...{ addresses: 1, connections: 10, path: HANGING, readBytes: 0 },
    ...{ before: Number.POSITIVE_INFINITY, bar: 5, rounds: { short: 4, long: 20 } },
  },
  {
    name: "slow-readers",
    does: "50 connections of one address, each with the largest answers, read at 20 kB/s",
    ...{ addresses: 1, connections: 50, path: RECORDS, readBytes: 20_000 },
    ...{ before: Number.POSITIVE_INFINITY, bar: 5, rounds: { short: 4, long: 20 } },
  },
];

/** Longest time in seconds that a dashboard took on another address; Infinity if a question had no answer. */
async function attack({ addresses, connections, path, readBytes }: Hostile, given: Given): Promise<number> {
  const { folder, rounds, say } = given;
  prepare(folder);
  await writeLongFlows(join(folder, "data"), { rows: FLOWS, lengthMs: HOUR_MS });
  const hosts = new TwoHosts();
  const { left: server, right: clients } = hosts;
  for (const address of [HONEST, ...HOSTILE.slice(1)])
    must(["ip", "-n", clients.namespace, "address", "add", `${address}/24`, "dev", hosts.device]);
  const url = `http://${server.ipv4}:${PORT}`;
  const words = ["--http", `${server.ipv4}:${PORT}`, "--no-login", "--control", join(folder, "control.sock")];
  const user = has("serve", "--user") ? ["--user", "root"] : [];
  await start(server.exec(verb("serve", folder, ...words, ...user)), "console  ");
  const urls = DASHBOARD.map((words) => url + words);
  const dashboard = (count: number): { seconds: number; statuses: number[] }[] =>
    must(clients.exec(probe("dashboard", HONEST, String(count), ...urls)), { timeoutMs: 300_000 })
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { seconds: number; statuses: number[] });
  const usual = dashboard(3).at(-1)!;
  const hostile = [];
  for (const address of HOSTILE.slice(0, addresses))
    hostile.push(
      await start(clients.exec(probe("ask", url + path, address, String(connections), String(readBytes))), "ready"),
    );
  const seen = dashboard(rounds);
  const worst = Math.max(...seen.map(({ seconds }) => seconds));
  const refused = seen.flatMap(({ statuses }) => statuses).filter((status) => status !== 200);
  for (const process of hostile) {
    const { stdout } = await process.stop();
    say(`answers of the hostile ones by status: ${stdout.trim().split("\n").at(-1)}`);
  }
  say(
    `alone ${usual.seconds.toFixed(2)} s, under attack at most ${worst.toFixed(2)} s; not answered: ${refused.length}`,
  );
  return refused.length > 0 ? Number.POSITIVE_INFINITY : worst;
}

attacks(
  "queries",
  ROWS.map((row): Attack => ({
    ...row,
    unit: "s until a dashboard of five questions from another address is answered",
    seconds: 240,
    run: (given) => attack(row, given),
  })),
);
