// npm run bench:store: how fast flows go from the spool into the store and into every tier. Block files are made first
// and not timed; then a store takes them. Prints a line for each run and appends it to bench/results/store.ndjson.
// Options: --rows N (8,000,000), --sources N, --destinations N, --block N (rows of a block), --bar N (rows a second
// with all tiers; exits with 1 below it; 0 is none), --rounds N.
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, release, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createSpool, createStore, spoolDirectory } from "@ngflow/store";
import { flowBatch, random } from "./flows.mjs";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "8000000" },
    sources: { type: "string", default: "20000" },
    destinations: { type: "string", default: "50000" },
    block: { type: "string", default: "262144" },
    bar: { type: "string", default: "500000" },
    rounds: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
  },
});
const number = (name) => Number(values[name]);
const START_MS = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 43_200_000;
/** The pace at which the flows were received, a second. */
const PACE = 500_000;

async function fillSpool(data) {
  const spool = createSpool({ directory: spoolDirectory(data), blockRows: number("block") });
  await spool.start();
  const next = random(number("seed"));
  const hosts = { sources: number("sources"), destinations: number("destinations") };
  for (let done = 0; done < number("rows"); done += number("block")) {
    const count = Math.min(number("block"), number("rows") - done);
    const at = (row) => START_MS + (row / PACE) * 1000;
    if (spool.write(flowBatch(count, { fromMs: at(done), toMs: at(done + count) }, hosts, next)) !== count)
      throw new Error("the spool refused rows");
    await spool.flush();
  }
  await spool.stop();
}

async function run() {
  const data = mkdtempSync(join(process.env.NGFLOW_BENCH_DIR ?? tmpdir(), "ngflow-bench-store-"));
  try {
    await fillSpool(data);
    const store = createStore({ directory: data, retentionDays: 0, ingest: true });
    const cpu = process.cpuUsage();
    const fromMs = performance.now();
    const seconds = () => Math.round(performance.now() - fromMs) / 1000;
    await store.start();
    let storedSeconds = 0;
    let rssMiB = 0;
    for (let stats; ; await sleep(200)) {
      stats = await store.stats();
      rssMiB = Math.max(rssMiB, Math.round(process.memoryUsage.rss() / 2 ** 20));
      if (storedSeconds === 0 && stats.rowsStored >= number("rows")) storedSeconds = seconds();
      if (storedSeconds > 0 && stats.rowsUnrolled < 1_000_000) break;
    }
    await store.rollUp();
    const rolledSeconds = seconds();
    const { user, system } = process.cpuUsage(cpu);
    const { tiers } = await store.status();
    await store.stop();
    const perSecond = (took) => Math.round(number("rows") / took);
    const bytes = Object.fromEntries(
      tiers.map((tier) => [tier.name, Math.round((tier.bytes / number("rows")) * 100) / 100]),
    );
    return {
      rows: number("rows"),
      sources: number("sources"),
      destinations: number("destinations"),
      storedPerSecond: perSecond(storedSeconds),
      rolledPerSecond: perSecond(rolledSeconds),
      cpuUsPerRow: Math.round(((user + system) / number("rows")) * 100) / 100,
      rssMiB,
      bytesPerFlow: bytes,
    };
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

const machine = { node: process.version, kernel: release(), cpu: cpus()[0]?.model, cores: cpus().length };
const results = join(dirname(fileURLToPath(import.meta.url)), "../results/store.ndjson");
const rates = [];
for (let round = 0; round < number("rounds"); round++) {
  const load = loadavg()[0];
  const result = await run();
  rates.push(result.rolledPerSecond);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  mkdirSync(dirname(results), { recursive: true });
  appendFileSync(results, `${JSON.stringify({ time: new Date().toISOString(), ...machine, load, ...result })}\n`);
}
const median = rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)];
process.stdout.write(`median: ${median} rows a second with all tiers\n`);
if (median < number("bar")) process.exitCode = 1;
