// npm run fuzz [-- --seconds N --seed S]: hostile datagrams against the decoder and over a socket. See --help.
import { parseArgs } from "node:util";
import { sourceLoader } from "./load-sources.mjs";

const HELP = `usage: npm run fuzz [-- [--seconds N] [--seed S] [--round N]]

Changes datagrams of the corpus and makes hostile ones, and feeds them to the decoder of the collector and to
"ngflow decode" in this process, then to a collector over UDP next to an honest exporter. Checked are: no error of
the decoder, no datagram that costs more than its bound, memory within the bounds, nothing read outside a datagram,
and an honest exporter that loses nothing that the kernel delivered.
The last line is "N passed, N failed". Exit status: 0 when all holds, 1 when not, 64 for a wrong option.

Options:
  --seconds N  how long, at least 30; half of it over UDP, at most a minute (default 60)
  --seed S     the random numbers (default: from the clock; it is printed)
  --round N    only this round in process, to see a failure again
  --help       prints this
`;
const OPTIONS = {
  seconds: { type: "string", default: "60" },
  seed: { type: "string" },
  round: { type: "string" },
  help: { type: "boolean", short: "h" },
};
const SOCKET_SECONDS = 60;
/** Memory may grow by so much from the first rounds to the last, after collections of garbage. */
const GROWTH_BYTES = 24 * 1024 * 1024;
/** Memory is measured after every 12th round, from the 20th on, each time after mutations: what is alive is alike. */
const MEASURE_EVERY = 12;
const MEASURE_FIRST = 20;

function refuse(message) {
  process.stderr.write(`fuzz: ${message}\n`);
  process.exit(64);
}

function whole(name, text, least) {
  if (!/^\d{1,9}$/.test(text) || Number(text) < least) refuse(`--${name} needs a whole number from ${least}`);
  return Number(text);
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return refuse(error.message);
  }
}

const values = readArguments();
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const seconds = whole("seconds", values.seconds, 30);
const seed = values.seed === undefined ? Date.now() % 1_000_000 : whole("seed", values.seed, 0);
const only = values.round === undefined ? undefined : whole("round", values.round, 0);

const { ingredients } = await import("./fuzz/seeds.mjs");
const { kindOf, randomOf, ROUNDS } = await import("./fuzz/in-process.mjs");
const { socketRound } = await import("./fuzz/sockets.mjs");
const { settledBytes } = await import("./fuzz/memory.mjs");
const sources = await sourceLoader();
const parts = {
  PROTOCOLS: (await import("@ngflow/wire")).PROTOCOLS,
  FlowDecoder: (await import("../packages/collector/dist/flow-decoder.js")).FlowDecoder,
  collectorSettings: (await import("../packages/collector/dist/config.js")).collectorSettings,
  work: await import("../packages/collector/dist/work.js"),
  DatagramPrinter: (await import("../apps/ngflow/dist/decode/datagram-printer.js")).DatagramPrinter,
  messages: await sources.load("packages/wire/src/testing/messages.ts"),
};
await sources.close();

const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(1);
const print = (line) => process.stdout.write(`${line}\n`);
const all = ingredients(parts, seed);
print(`seed ${seed}; ${all.source}; ${all.hostile.length} hostile ones`);

let passed = 0;
const failures = [];
let stopped = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => (stopped = true));

/** Runs rounds until the time is up. @returns figures for a line */
async function inProcess(untilMs) {
  const figures = { datagrams: 0, rounds: 0, slowestMs: 0, early: 0, late: 0 };
  for (
    let number = only ?? 0;
    !stopped && (only === undefined ? performance.now() < untilMs : figures.rounds === 0);
    number++
  ) {
    const kind = kindOf(number);
    try {
      const { datagrams: count, slowestMs } = ROUNDS[kind](all, randomOf(seed, number));
      figures.datagrams += count;
      figures.slowestMs = Math.max(figures.slowestMs, slowestMs);
      passed++;
    } catch (error) {
      failures.push(`round ${number} (${kind}): ${error.stack}`);
      print(
        `FAILED round ${number} (${kind}): ${error.stack}\nagain: npm run fuzz -- --seed ${seed} --round ${number}`,
      );
      if (failures.length >= 5) break;
    }
    figures.rounds++;
    // Signals are taken between two rounds.
    await new Promise((resolve) => setImmediate(resolve));
    if (number >= MEASURE_FIRST && (number - MEASURE_FIRST) % MEASURE_EVERY === 0) {
      figures.late = settledBytes();
      figures.early ||= figures.late;
    }
  }
  return figures;
}

const socketSeconds = only === undefined ? Math.min(SOCKET_SECONDS, seconds / 2) : 0;
const figures = await inProcess(performance.now() + (seconds - socketSeconds) * 1000);
print(
  `in process: ${figures.rounds} rounds, ${figures.datagrams} datagrams, slowest ${figures.slowestMs.toFixed(0)} ms of CPU time`,
);
if (figures.late !== figures.early) {
  const grown = figures.late - figures.early;
  if (grown > GROWTH_BYTES) failures.push(`memory: grown by ${grown} bytes`);
  else passed++;
  print(`memory after collection: ${megabytes(figures.early)} MB, then ${megabytes(grown)} MB more`);
}
if (socketSeconds > 0 && !stopped) {
  try {
    print(`over UDP: ${await socketRound(all, seed, socketSeconds * 1000 - 12_000)}`);
    passed++;
  } catch (error) {
    failures.push(`over UDP: ${error.stack}`);
    print(`FAILED over UDP: ${error.stack}`);
  }
}
print(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
