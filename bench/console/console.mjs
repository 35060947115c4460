// npm run bench:console: the console in Debian's Chromium against `ngflow demo`: weight of the first screen, first
// paint, first chart, layout shifts, frames while a range is drawn on a chart of many points, and the heap over some
// minutes of live updates. Prints what it measured and appends it to bench/results/console.ndjson; exits with 1 above a
// bar. Options: --rounds N of the first screen (5), --points, --series, --no-bars; --minutes N of live updates (3) and
// --speed N, how many times faster timers and events come (1). --heap measures only the heap: 12 minutes at ten times
// the rate. A page at its own rate asks about 16,000 queries in two hours: --heap --minutes 120 --speed 1.
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, release, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brush, firstScreen, heapOver } from "./measure.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    speed: { type: "string" },
    heap: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    points: { type: "string", default: "10000" },
    series: { type: "string", default: "20" },
    "no-bars": { type: "boolean", default: false },
  },
});
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
/** What is promised. The heap may move by what the engine keeps for itself. */
const BARS = { kB: 250, paintMs: 500, chartMs: 1000, shifts: 0.02, framesPerSecond: 55, heapMb: 2, mbPer10kQueries: 1 };
const minutes = Number(values.minutes ?? (values.heap ? 12 : 3));
const speed = Number(values.speed ?? (values.heap ? 10 : 1));

const data = mkdtempSync(join(tmpdir(), "ngflow-bench-console-"));
const words = ["demo", "--seed", "7", "--http", "127.0.0.1:0", "--data", join(data, "d"), "--control", join(data, "c")];
if (process.geteuid?.() === 0) words.push("--user", "root");
const demo = spawn(process.execPath, [join(ROOT, "apps/ngflow/bin/ngflow.js"), ...words], {
  stdio: ["ignore", "pipe", "inherit"],
});
let said = "";
demo.stdout.on("data", (text) => (said += text));
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

try {
  let url;
  while ((url = /console {2}(http:\S+)/.exec(said)?.[1]) === undefined) await sleep(100);
  const stored = async () => (await (await fetch(`${url}/api/v1/pipeline`)).json()).rowsStored ?? 0;
  await storySent(stored);
  const load = loadavg()[0];
  const measured = values.heap ? {} : await quick(url);
  const heap = await heapOver(url, minutes, speed);
  process.stdout.write(`heap ${JSON.stringify(heap)}\n`);
  const machine = { node: process.version, kernel: release(), cpu: cpus()[0]?.model, cores: cpus().length };
  const row = { time: new Date().toISOString(), ...machine, load, ...measured, heap };
  appendFileSync(join(ROOT, "bench/results/console.ndjson"), `${JSON.stringify(row)}\n`);
  const over = [...overBars(measured), ...overHeap(heap)];
  for (const line of over) process.stdout.write(`missed: ${line}\n`);
  if (over.length > 0 && !values["no-bars"]) process.exitCode = 1;
} finally {
  const ended = new Promise((resolve) => demo.once("exit", resolve));
  demo.kill("SIGTERM");
  await ended;
  rmSync(data, { recursive: true, force: true });
}

/** Waits until the day that the demo sends at its start is stored: then a second brings as many rows as any other. */
async function storySent(stored) {
  const deadline = Date.now() + 180_000;
  for (let [before, calm] = [await stored(), 0]; calm < 5; await sleep(1000)) {
    if (Date.now() > deadline) throw new Error("the day of the demo was not stored in three minutes");
    const now = await stored();
    calm = now >= 2000 && now - before < 500 ? calm + 1 : 0;
    before = now;
  }
}

/** The first screen, and a range that is drawn. */
async function quick(url) {
  const screens = [];
  for (let i = 0; i < Number(values.rounds); i++) screens.push(await firstScreen(url, 6000));
  const of = (name) => median(screens.map((screen) => screen[name]));
  const first = {
    kB: Math.round(of("bytes") / 100) / 10,
    apiKB: Math.round(of("apiBytes") / 100) / 10,
    files: of("files"),
    paintMs: of("paintMs"),
    chartMs: of("chartMs"),
    shifts: Math.max(...screens.map(({ shifts }) => shifts)),
  };
  process.stdout.write(`first screen ${JSON.stringify(first)}\n`);
  const brushed = await brush(Number(values.points), Number(values.series));
  process.stdout.write(`brush ${JSON.stringify(brushed)}\n`);
  return { first, brush: brushed };
}

function overBars({ first, brush: brushed }) {
  if (first === undefined) return [];
  const above = ["kB", "paintMs", "chartMs", "shifts"].filter((name) => first[name] > BARS[name]);
  return [
    ...above.map((name) => `${name} ${first[name]} is above ${BARS[name]}`),
    ...(brushed.framesPerSecond < BARS.framesPerSecond
      ? [`${brushed.framesPerSecond} frames a second are below ${BARS.framesPerSecond}`]
      : []),
  ];
}

/** A few minutes show no slope: what the engine keeps for itself is more. */
function overHeap({ first, last, mbPer10kQueries, minutes: of }) {
  const grown = last.mb - first.mb;
  return [
    ...(grown > BARS.heapMb ? [`the heap grew by ${grown.toFixed(2)} MB, more than ${BARS.heapMb}`] : []),
    ...(of >= 10 && mbPer10kQueries > BARS.mbPer10kQueries
      ? [`the heap grows by ${mbPer10kQueries} MB in 10,000 queries`]
      : []),
  ];
}
