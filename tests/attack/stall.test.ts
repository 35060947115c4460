import { type Background, sleep } from "../support/command.ts";
import { freeUdpPort } from "../support/udp-port.ts";
import { attacks, type Given } from "./support/attack.ts";
import {
  HONEST,
  honest,
  mainThreadMs,
  pipeline,
  send,
  sender,
  startAll,
  startCollect,
  type Stream,
  watchGap,
} from "./support/target.ts";

/** Templates with data that is expensive to decode, and the main thread's time per datagram of data at 6b996db. */
const PAIRS = {
  "v9-flow-1byte": 8.4,
  "v9-flow-16k-fields": 1.4,
  "v9-options-16k-zero": 16_395.5,
  "v9-options-many-sets": 3828.9,
  "v9-options-mtu": 7.3,
  "ipfix-var-16k-zero": 2380.2,
  "ipfix-var-mtu": 2.5,
  "ipfix-biflow-2byte": 20.6,
} as const;

const ATTACKER = "127.0.0.66";
/** Longest time that the decoding of what an attack sent may take. */
const DONE_MS = 120_000;

/** Waits until a process has nothing more to do; returns the time that its first thread was busy since `before`. */
async function busyMs(daemon: Background, before: number): Promise<number> {
  let last = before;
  for (const endMs = Date.now() + DONE_MS; Date.now() < endMs;) {
    await sleep(500);
    const now = mainThreadMs(daemon.pid);
    if (now - last < 50) return now - before;
    last = now;
  }
  return Number.POSITIVE_INFINITY;
}

/** A datagram that costs so much needs no second one to be measured. */
const DEAR_MS = 200;
const CHEAP_TRIES = 20;

/** Main thread's time of one datagram of data of a pair. */
async function costOf(pair: string, { folder }: Given): Promise<number> {
  const port = await freeUdpPort();
  const collect = await startCollect(folder, port);
  await sleep(2000);
  const [idleFrom, idleFromMs] = [mainThreadMs(collect.pid), Date.now()];
  await sleep(2000);
  const idle = (mainThreadMs(collect.pid) - idleFrom) / (Date.now() - idleFromMs);
  const cost = async (datagrams: number): Promise<number> => {
    const [from, fromMs] = [mainThreadMs(collect.pid), Date.now()];
    await send({ kind: "hostile", pair, from: ATTACKER, to: port, rate: 20, datagrams });
    const busy = await busyMs(collect, from);
    // The first datagram is the template.
    return Math.max(0, busy - idle * (Date.now() - fromMs)) / (datagrams - 1);
  };
  const first = await cost(2);
  return Math.round((first > DEAR_MS ? first : await cost(1 + CHEAP_TRIES)) * 10) / 10;
}

/** Longest time without reception while `attack` runs next to an honest exporter. */
async function gapUnder(port: number, attack: () => Promise<unknown>): Promise<number> {
  const steady = sender([honest(port, 300, 5000, { perDatagram: 5, rate: 1000, datagrams: 300_000 })]);
  await sleep(1500);
  const gap = await watchGap(port);
  await attack();
  await sleep(500);
  const { gapMs } = await gap();
  await steady.stop("SIGKILL");
  return gapMs;
}

/** Longest time without reception of `collect` while streams are sent next to an honest exporter. */
async function gapOf({ folder }: Given, streams: (port: number) => readonly Stream[]): Promise<number> {
  const port = await freeUdpPort();
  const collect = await startCollect(folder, port);
  return gapUnder(port, async () => {
    await send(...streams(port));
    await busyMs(collect, mainThreadMs(collect.pid));
  });
}

/** Long flows: an answer in small steps has a cell for each flow and step. */
const LONG_FLOWS = { flows: 2000, longMs: 9_000_000 } as const;
const BIG = "/api/v1/query?by=SrcAddr&top=1000&last=9990s&step=";

/** Longest time without reception while large answers are requested of the same command. */
async function gapOfGets({ folder }: Given, gets: (url: string) => Promise<unknown>): Promise<number> {
  const port = await freeUdpPort();
  const { url, process } = await startAll(folder, port);
  const { flows, longMs } = LONG_FLOWS;
  await send({ kind: "honest", from: HONEST, to: port, rate: 100, datagrams: flows / 20 + 1, perDatagram: 20, longMs });
  await process.until("the long flows", async () => ((await pipeline(url))["rowsStored"] ?? 0) >= flows);
  return gapUnder(port, () => gets(url));
}

async function get(url: string): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(100_000) });
  for await (const _chunk of answer.body ?? []);
}

attacks("stall", [
  {
    name: "four-gets",
    does: "four large answers one after the other, of the command that also collects",
    unit: "ms without reception",
    before: 11_623,
    bar: 50,
    seconds: 150,
    run: (given) =>
      gapOfGets(given, async (url) => {
        for (let i = 0; i < 4; i++) await get(`${url}${BIG}10s`);
      }),
  },
  {
    name: "twelve-gets",
    does: "twelve large answers at once, of the command that also collects",
    unit: "ms without reception",
    before: 25_736,
    bar: 50,
    rounds: { short: 0, long: 1 },
    seconds: 240,
    run: (given) =>
      gapOfGets(given, (url) => Promise.allSettled(Array.from({ length: 12 }, () => get(`${url}${BIG}10s`)))),
  },
  {
    name: "templates",
    does: "every expensive template with one datagram of its data, one after the other",
    unit: "ms without reception",
    before: 55_403,
    bar: 50,
    seconds: 300,
    run: (given) =>
      gapOf(given, (port) =>
        Object.keys(PAIRS).map((pair, i) => ({
          kind: "hostile",
          pair,
          from: `127.0.1.${i + 1}`,
          to: port,
          rate: 10,
          datagrams: 2,
          delayMs: i * 300,
        })),
      ),
  },
  {
    name: "held",
    does: "3,000 sets of data of 1,400 bytes, then their template",
    unit: "ms without reception",
    before: 46_227,
    bar: 50,
    rounds: { short: 0, long: 1 },
    seconds: 240,
    run: (given) =>
      gapOf(given, (to) => [{ kind: "heldThenTemplate", from: ATTACKER, to, rate: 2000, datagrams: 3001 }]),
  },
  ...Object.entries(PAIRS).map(([pair, before]) => ({
    name: pair,
    does: `a template, and one datagram of data that is expensive to decode by it`,
    unit: "ms of the main thread",
    before,
    bar: 20,
    rounds: { short: 0, long: 1 },
    seconds: 200,
    run: (given: Given) => costOf(pair, given),
  })),
]);
