// npm run bench:scale: the same flows from the spool into chDB, into a server and into shards, and the same questions
// to each, as data grows. Answers have to be equal before anything is timed. Appends a line to
// bench/results/scale.ndjson.
//
//   npm run bench:scale -- [--flows N,...] [--rounds N] [--only NAME,...]
//
// --flows: at how many flows it is measured; the default is 1,000,000 and 10,000,000. 100,000,000 needs 40 GB in
// NGFLOW_BENCH_DIR or the folder for temporary files. "1 server" is today's ClickHouse (chDB) behind the listener of
// the tests; "of 18.16" are Debian's servers on loopback, with a simpler table (old-flows.mjs). All share the cores of
// this machine, so two shards show what spreading costs, not what more machines give. Wall time is that of a machine
// with whatever else it does (`load`). CPU time is of the processes that take part: `here` is the one that sends
// blocks, which of chDB is the database, too. Both include merges and roll-ups. A question that fails has its error
// instead of a figure.
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ABSENT } from "../../packages/store/src/testing/old-cluster.ts";
import { flowBatch, random } from "../store/flows.mjs";
import { QUESTIONS } from "./questions.mjs";
import { cpuOf, startTarget, TARGETS } from "./targets.mjs";

const { values } = parseArgs({
  options: {
    flows: { type: "string", default: "1000000,10000000" },
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: Object.keys(TARGETS).join(",") },
  },
});
const counts = values.flows.split(",").map(Number);
const rounds = Number(values.rounds);
const names = values.only.split(",");
if (!counts.every((count, at) => Number.isInteger(count) && count > (counts[at - 1] ?? 0)) || !(rounds >= 1))
  throw new Error("--flows takes rising whole numbers, --rounds a whole number above 0");
for (const name of names) if (!(name in TARGETS)) throw new Error(`no target "${name}"; ${Object.keys(TARGETS)}`);
const lacking = names.some((name) => name.includes("18.16")) ? ABSENT : [];
if (lacking.length > 0) throw new Error(`not installed: ${lacking.join(", ")}; choose others with --only`);

const BLOCK_ROWS = 262_144;
/** The pace at which the flows were received, a second. */
const PACE = 2000;
const START_MS = Date.UTC(2026, 0, 2);
const HOSTS = { sources: 20_000, destinations: 50_000 };
const DAY_MS = 86_400_000;
/** After its blocks are taken, a database merges: until it uses less than this part of a core, or for so long. */
const QUIET = 0.1;
const QUIET_SECONDS = 120;

const next = random(1);
const shown = (number) => Number(number.toPrecision(4));
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const cpuHere = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;
const cpuServers = (target) => target.servers().reduce((sum, pid) => sum + cpuOf(pid), 0);

async function whenQuiet(target) {
  for (let waited = 0; waited < QUIET_SECONDS; waited++) {
    const before = cpuHere() + cpuServers(target);
    await sleep(1000);
    if (cpuHere() + cpuServers(target) - before < QUIET) return;
  }
}

async function seconds(work) {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1000;
}

/** Makes the blocks of the next flows, the same for all. */
async function prepare(targets, from, to) {
  const at = (row) => START_MS + (row / PACE) * 1000;
  for (let done = from; done < to; done += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, to - done);
    const range = { fromMs: at(done), toMs: at(done + rows) };
    const batch = flowBatch(rows, range, HOSTS, next);
    for (const target of targets) await target.prepare(batch, range);
  }
}

async function take(target, rows, all) {
  const [here, servers, load] = [cpuHere(), cpuServers(target), loadavg()[0]];
  const stored = await seconds(() => target.take());
  const rolled = target.rollUp === undefined ? undefined : await seconds(() => target.rollUp());
  await whenQuiet(target);
  const usPerRow = (cpu) => shown((cpu * 1e6) / rows);
  return {
    load,
    rowsPerSecond: Math.round(rows / stored),
    ...(rolled !== undefined && { rowsPerSecondRolled: Math.round(rows / (stored + rolled)) }),
    cpuUsPerRow: { here: usPerRow(cpuHere() - here), servers: usPerRow(cpuServers(target) - servers) },
    bytesPerRow: shown((await target.bytes()) / all),
  };
}

async function askAll(targets, all) {
  const range = { fromMs: START_MS - DAY_MS, toMs: START_MS + (all / PACE) * 1000 + DAY_MS };
  const answers = {};
  for (const question of QUESTIONS) {
    const took = Object.fromEntries(targets.map(({ name }) => [name, []]));
    let expected;
    const able = [];
    for (const target of targets) {
      const asked = await target.ask(question, range).catch((error) => {
        took[target.name] = error.message;
        console.log(`  ${question.name}: ${target.name}: ${error.message}`);
      });
      if (asked === undefined) continue;
      able.push(target);
      const answer = JSON.stringify(asked);
      expected ??= answer;
      if (answer !== expected || answer === "[]")
        throw new Error(`${question.name}: ${target.name} answers ${answer}, ${targets[0].name} ${expected}`);
    }
    for (let round = 0; round < rounds; round++) {
      for (const target of round % 2 === 0 ? able : able.toReversed())
        took[target.name].push(await seconds(() => target.ask(question, range)));
    }
    const figure = (name) => (typeof took[name] === "string" ? took[name] : shown(median(took[name])));
    answers[question.name] = Object.fromEntries(targets.map(({ name }) => [name, figure(name)]));
    console.log(`  ${question.name.padEnd(34)} ${JSON.stringify(answers[question.name])} s`);
  }
  return answers;
}

const machine = { node: process.version, kernel: release(), cpu: cpus()[0]?.model, cores: cpus().length };
const report = {
  time: new Date().toISOString(),
  ...{ ...machine, memoryGiB: Math.round(totalmem() / 2 ** 30), load: loadavg()[0], rounds, at: {} },
};
const folder = mkdtempSync(join(process.env.NGFLOW_BENCH_DIR ?? tmpdir(), "ngflow-bench-scale-"));
const targets = [];
try {
  for (const name of names) targets.push(await startTarget(name, folder));
  let before = 0;
  for (const count of counts) {
    console.log(`${count} flows`);
    await prepare(targets, before, count);
    const taken = {};
    for (const target of targets) {
      taken[target.name] = await take(target, count - before, count);
      console.log(`  ${target.name.padEnd(20)} ${JSON.stringify(taken[target.name])}`);
    }
    report.at[count] = { rows: count - before, taken, seconds: await askAll(targets, count) };
    before = count;
  }
} finally {
  for (const target of targets) await target.stop();
  rmSync(folder, { recursive: true, force: true });
}
const results = join(dirname(fileURLToPath(import.meta.url)), "../results/scale.ndjson");
mkdirSync(dirname(results), { recursive: true });
appendFileSync(results, `${JSON.stringify(report)}\n`);
console.log("appended to bench/results/scale.ndjson");
