// npm run bench:query: the same flows in ngflow's store and in nfcapd's files, and the same questions to both: ngflow
// through a running daemon, nfdump as a command on its files in the page cache; medians, order alternated. Answers have
// to be equal before anything is timed. Then a cold `ngflow query`, bytes per flow, and a month's dashboard. Appends to
// bench/results/query.ndjson. Exits with 1 below a bar, with a line for each.
//
//   npm run bench:query -- [--flows N,...] [--rounds N] [--only TEXT] [--skip-month]
//
// The defaults are 1,000,000 and 10,000,000 flows and take about three minutes, plus two to make the flows the first
// time (kept in NGFLOW_BENCH_DIR or the folder for temporary files). `--flows 100000000` needs 25 GB there and half an
// hour; --only "by source" asks the questions with these words. Bars are checked at 10,000,000 flows, that of a series
// from roll-ups at 100,000,000. The month has 4 flows a second: its roll-ups by protocol and interface have about as
// many rows as those of 1,000 a second, and those by host three quarters of them; the flows do not fit.
import { appendFileSync, mkdirSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DASHBOARD, QUESTIONS } from "./questions.mjs";
import { dayOfFlows, monthOfFlows, ngflow, served, timed } from "./stores.mjs";

const { values } = parseArgs({
  options: {
    flows: { type: "string", default: "1000000,10000000" },
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    "skip-month": { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const asks = QUESTIONS.filter(({ name }) => name.includes(values.only));
if (asks.length === 0) throw new Error(`--only "${values.only}" is in no question`);
const counts = values.flows.split(",").map(Number);
if (!counts.every((count) => Number.isInteger(count) && count > 0) || !(rounds >= 1))
  throw new Error("--flows takes whole numbers, --rounds a whole number above 0");

const DAY_MS = 86_400_000;
const BAR_FLOWS = 10_000_000;
const COLD_SECONDS = 1;
const DASHBOARD_SECONDS = 0.2;
const BYTES_PER_FLOW = 15;
const MONTH_DAYS = 30;
const MONTH_RATE = 4;

const work = process.env.NGFLOW_BENCH_DIR ?? join(tmpdir(), "ngflow-bench-query");
mkdirSync(work, { recursive: true });
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const day = { fromMs: today - DAY_MS, toMs: today };
const month = { fromMs: today - (MONTH_DAYS - 1) * DAY_MS, toMs: today + DAY_MS };
const iso = (ms) => new Date(ms).toISOString();

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const shown = (seconds) => Number(seconds.toFixed(4));
const failed = [];
const report = {
  time: new Date().toISOString(),
  node: process.version,
  kernel: release(),
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  load: loadavg()[0],
  rounds,
  days: {},
};

function bar(name, isMet, text) {
  if (!isMet) failed.push(`${name}: ${text}`);
}

/** The whole of every flow: the longest began before the day. */
const wholeDay = { from: iso(day.fromMs - DAY_MS), to: iso(day.toMs + DAY_MS) };

async function compareDay(flows) {
  console.log(`\n${flows} flows of a day`);
  const { data, files, sums } = await dayOfFlows(work, flows, day);
  const rows = {};
  await served(data, async (asked, rssMiB) => {
    const restMiB = rssMiB();
    for (const { name, bar: factor, flows: barFlows = BAR_FLOWS, words, nfdump, ours, theirs } of asks) {
      const mine = () => asked({ ...words, ...wholeDay });
      const other = () => timed("nfdump", ["-R", files, ...nfdump]);
      const { answer } = await mine();
      const [a, b] = [ours(answer), theirs(other().stdout)];
      if (a.length === 0 || JSON.stringify(a) !== JSON.stringify(b))
        throw new Error(`${name}: ngflow says ${a.join(" ")}, nfdump ${b.join(" ")}; nothing is timed`);
      const times = { mine: [], other: [] };
      for (let round = 0; round < rounds; round++) {
        const order = round % 2 === 0 ? ["mine", "other"] : ["other", "mine"];
        for (const who of order) times[who].push((await (who === "mine" ? mine() : other())).seconds);
      }
      const [mineS, otherS] = [median(times.mine), median(times.other)];
      const factorOf = Number((otherS / mineS).toFixed(1));
      rows[name] = { ngflow: shown(mineS), nfdump: shown(otherS), faster: factorOf, tier: answer.tier };
      console.log(
        `  ${name.padEnd(55)} ${mineS.toFixed(3).padStart(8)} s  nfdump ${otherS.toFixed(3).padStart(8)} s  ${factorOf}x (${answer.tier})`,
      );
      if (factor !== null && flows === barFlows)
        bar(name, factorOf >= factor, `${factorOf}x nfdump with ${flows} flows, not ${factor}x`);
    }
    console.log(`  resident ${restMiB} MiB at rest, ${rssMiB()} MiB after the questions`);
    rows.residentMiB = { rest: restMiB, after: rssMiB() };
  });
  const query = ["query", "--data", data, "--from", wholeDay.from, "--to", wholeDay.to, "--by", "SrcAddr"];
  const cold = median(Array.from({ length: rounds }, () => ngflow(...query).seconds));
  console.log(`  cold \`ngflow query --by SrcAddr\`: ${cold.toFixed(3)} s`);
  if (flows === BAR_FLOWS)
    bar("cold ngflow query", cold < COLD_SECONDS, `${shown(cold)} s, not under ${COLD_SECONDS} s`);
  report.days[flows] = { importSeconds: shown(sums.importSeconds), ...rows, coldSeconds: shown(cold) };
}

/** Bytes of every tier for each flow. */
function bytesPerFlow(data) {
  const { tiers } = JSON.parse(ngflow("store", "status", "--data", data, "--json").stdout);
  const { rows } = tiers.find(({ name }) => name === "flows");
  return {
    flows: rows,
    bytesPerFlow: Number((tiers.reduce((sum, { bytes }) => sum + bytes, 0) / rows).toFixed(2)),
    ofFlows: Number((tiers.find(({ name }) => name === "flows").bytes / rows).toFixed(2)),
  };
}

async function askMonth() {
  console.log(`\na month of ${MONTH_RATE} flows a second`);
  const data = await monthOfFlows(work, MONTH_RATE, month);
  const size = bytesPerFlow(data);
  const range = { from: iso(month.fromMs), to: iso(month.toMs) };
  const times = await served(data, async (asked) => {
    const all = () => Promise.all(DASHBOARD.map((words) => asked({ ...words, ...range })));
    const tiers = (await all()).map(({ answer }) => answer.tier);
    if (tiers.includes("flows")) throw new Error(`a question of the dashboard reads the flows: ${tiers.join(", ")}`);
    const took = [];
    for (let round = 0; round < rounds; round++) {
      const startMs = performance.now();
      await all();
      took.push((performance.now() - startMs) / 1000);
    }
    return took;
  });
  const dashboard = median(times);
  console.log(`  dashboard of ${DASHBOARD.length} questions at once: ${dashboard.toFixed(3)} s`);
  console.log(
    `  ${size.bytesPerFlow} bytes per flow with every tier, ${size.ofFlows} of the flows, ${size.flows} flows`,
  );
  bar("dashboard of a month", dashboard < DASHBOARD_SECONDS, `${shown(dashboard)} s, not under ${DASHBOARD_SECONDS} s`);
  bar("bytes per flow", size.ofFlows <= BYTES_PER_FLOW, `${size.ofFlows}, not at most ${BYTES_PER_FLOW}`);
  report.month = { rate: MONTH_RATE, dashboardSeconds: shown(dashboard), ...size };
}

console.log(`${report.cpu}, ${report.cores} cores, node ${report.node}, medians of ${rounds}, load ${report.load}`);
for (const flows of counts) await compareDay(flows);
if (!values["skip-month"]) await askMonth();
const results = join(dirname(fileURLToPath(import.meta.url)), "../results/query.ndjson");
appendFileSync(results, `${JSON.stringify({ ...report, failed })}\n`);
console.log("\nappended to bench/results/query.ndjson");
for (const line of failed) console.log(`failed: ${line}`);
process.exitCode = failed.length === 0 ? 0 : 1;
