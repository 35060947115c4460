// npm run bench:collect: the streams of streams.mjs over loopback to nfcapd or sfcapd and to ngflow (the collector
// alone, with the store in another process, and all of it as `ngflow demo` runs it), in turns. Every record has an id
// of its own, and what was kept is counted afterwards: in nfdump's files, in the spool, in the store.
// - By default: v9 at rising rates, then a minute at a million records a second through to stored rows. Exits with 1 if
//   a record is lost at 2 M records/s into the spool for 6 s, or at 1 M records/s into the store for a minute.
//   Options: --short (these two only), --rates 1,2 (millions; without the minute), --collectors collect,nfcapd.
// - --streams v5,v9,ipfix,sflow,even,mix: each stream to the collector alone and to nfdump's, in turns, --rounds N (3);
//   the medians count. Exits with 1 if a row costs more than 3 times what nfdump's costs, a row has more than 100 bytes
//   in the spool, or the mix costs more than 1.5 times one stream of datagrams and sets with as many records (even).
// - --names: a million records of v9 a second for 20 s to the collector without names and with all of them, in turns,
//   --rounds N (3). Exits with 1 if one is lost.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { COLLECTORS, endNames, kernelDrops } from "./collectors.mjs";
import { STREAMS } from "./streams.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const PORT = 39_055;
const BURST_SECONDS = 6;
const MINUTE_SECONDS = 60;
/** Long enough that starting and compiling a process is little of what a row costs. */
const STREAM_SECONDS = 20;
const BARS = [
  { stream: "v9", collector: "collect", recordsPerSecond: 2e6, seconds: BURST_SECONDS },
  { stream: "v9", collector: "collect + serve", recordsPerSecond: 1e6, seconds: MINUTE_SECONDS },
];

/** CPU time of a row in times of nfdump's, bytes of a row in the spool, cost of the mix in times of even's. */
const CPU_BAR = 3;
const BYTES_BAR = 100;
const MIX_BAR = 1.5;

const { values } = parseArgs({
  options: {
    short: { type: "boolean" },
    rates: { type: "string" },
    collectors: { type: "string" },
    streams: { type: "string" },
    names: { type: "boolean" },
    rounds: { type: "string", default: "3" },
  },
});
const NOT_USUAL = new Set(["sfcapd", "collect + names"]);
const names = values.collectors?.split(",") ?? Object.keys(COLLECTORS).filter((name) => !NOT_USUAL.has(name));
const rates = (values.rates ?? "0.4,0.7,1,2").split(",").map((millions) => Number(millions) * 1e6);
const work = mkdtempSync(join(process.env.NGFLOW_BENCH_DIR ?? tmpdir(), "ngflow-bench-collect-"));
process.once("exit", () => rmSync(work, { recursive: true, force: true }));

function installed(program) {
  return program === undefined || spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** Seconds of processor time, `fields` of a stat file: 11 and 12 of a process, 13 and 14 of its children that ended. */
function cpuSeconds(pid, fields) {
  const words = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return fields.reduce((sum, field) => sum + Number(words[field]), 0) / 100;
}

/** Processor time of processes with all their children, also those that run. */
function treeSeconds(pids) {
  return pids.reduce((sum, pid) => {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(/\s+/).filter(Boolean);
    return sum + cpuSeconds(pid, [11, 12]) + treeSeconds(children);
  }, 0);
}

async function send(options) {
  const child = spawn(process.execPath, [join(here, "send.mjs"), JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += chunk));
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error("the sender failed");
  return JSON.parse(printed);
}

let runs = 0;

/** Most memory of processes in a second of the sending, MiB: in its first third, and in its last. */
async function watchMemory(pids, sending) {
  const samples = [];
  const timer = setInterval(() => {
    const pages = pids.map((pid) => Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]));
    samples.push(Math.round(pages.reduce((sum, count) => sum + count, 0) / 256));
  }, 1000);
  const sent = await sending.finally(() => clearInterval(timer));
  const third = Math.ceil(samples.length / 3);
  return { sent, memoryMiB: [Math.max(...samples.slice(0, third)), Math.max(...samples.slice(-third))] };
}

/** Sends to a collector, stops it, and counts what it kept. Its processor time counts after `warmSeconds`. */
async function run(name, stream, recordsPerSecond, seconds, warmSeconds = 0) {
  const directory = join(work, `${runs++}`);
  const endedBefore = cpuSeconds(process.pid, [13, 14]);
  const collector = await COLLECTORS[name].start(directory, PORT);
  let cpuAtStart = treeSeconds(collector.pids);
  const sending = send({ port: PORT, stream, recordsPerSecond, seconds: warmSeconds + seconds, firstId: 1 });
  const warm = setTimeout(() => (cpuAtStart = treeSeconds(collector.pids)), warmSeconds * 1000);
  const { sent, memoryMiB } = await watchMemory(collector.pids, sending).finally(() => clearTimeout(warm));
  // What waits in the receive buffer is not lost.
  await sleep(1000);
  const drops = kernelDrops(PORT) ?? 0;
  const startMs = performance.now();
  const kept = await collector.stop();
  const storeSeconds = (performance.now() - startMs) / 1000;
  // The sender and the counting process are children as well.
  const cpu = cpuSeconds(process.pid, [13, 14]) - endedBefore - cpuAtStart - sent.cpuSeconds - (kept.cpuSeconds ?? 0);
  rmSync(directory, { recursive: true, force: true });
  const records = kept.records ?? kept.rows;
  return {
    collector: name,
    stream,
    offered: recordsPerSecond,
    seconds: Number(sent.seconds.toFixed(2)),
    records: sent.records,
    kept: records,
    twice: kept.rows - records,
    lost: sent.records - records,
    lostInKernel: Math.min(drops * sent.recordsOfDatagram, sent.records),
    cpuPerMillion: Number((cpu / ((sent.records * seconds) / (warmSeconds + seconds) / 1e6)).toFixed(3)),
    senderBehindMs: sent.longestDelayMs,
    storeSeconds: Number(storeSeconds.toFixed(1)),
    ...(kept.bytes === undefined ? {} : { bytesPerRow: Number((kept.bytes / kept.rows).toFixed(1)) }),
    memoryMiB,
    load: Number(loadavg()[0].toFixed(1)),
  };
}

function show(r) {
  const percent = ((100 * r.lost) / r.records).toFixed(2);
  console.log(
    `  ${r.stream.padEnd(6)} ${r.collector.padEnd(16)} ${(r.records / r.seconds / 1e6).toFixed(2)} M/s  lost ${String(r.lost).padStart(9)} (${percent} %)` +
      `  kernel ${String(r.lostInKernel).padStart(9)}  twice ${r.twice}  ${r.cpuPerMillion.toFixed(3)} s CPU/M` +
      `  ${r.bytesPerRow ?? "-"} bytes/row  ${r.memoryMiB.join("-")} MiB  ${r.storeSeconds.toFixed(1)} s to the end` +
      `  load ${r.load}`,
  );
  return r;
}

function isInstalled(name) {
  const isThere = installed(COLLECTORS[name].program);
  if (!isThere) console.log(`skipped: ${name} is not installed`);
  return isThere;
}

/** Every stream to the collector and to nfdump's in turns: what goes first changes with each round. */
function streamCases() {
  return values.streams.split(",").flatMap((stream) => {
    const pair = ["collect", STREAMS[stream].rival].filter(isInstalled);
    return Array.from({ length: Number(values.rounds) }, (_, round) =>
      (round % 2 === 0 ? pair : pair.toReversed()).map((collector) => ({
        ...{ stream, collector, recordsPerSecond: STREAMS[stream].recordsPerSecond, seconds: STREAM_SECONDS },
        ...{ warmSeconds: STREAMS[stream].warmSeconds },
      })),
    ).flat();
  });
}

function rateCases() {
  const there = names.filter(isInstalled);
  return [
    ...rates.flatMap((recordsPerSecond) =>
      there.map((collector) => ({ stream: "v9", collector, recordsPerSecond, seconds: BURST_SECONDS })),
    ),
    ...BARS.filter(
      ({ collector, seconds }) => seconds === MINUTE_SECONDS && values.rates === undefined && names.includes(collector),
    ),
  ];
}

function nameCases() {
  const pair = ["collect", "collect + names"];
  return Array.from({ length: Number(values.rounds) }, (_, round) =>
    (round % 2 === 0 ? pair : pair.toReversed()).map((collector) => ({
      ...{ stream: "v9", collector, recordsPerSecond: 1e6, seconds: STREAM_SECONDS },
    })),
  ).flat();
}

const cases = values.names
  ? nameCases()
  : values.short
    ? BARS
    : values.streams === undefined
      ? rateCases()
      : streamCases();

const machine = {
  cpu: cpus()[0].model,
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  rmemMax: Number(readFileSync("/proc/sys/net/core/rmem_max", "utf8")),
};
console.log(`${machine.cpu}, ${machine.cores} cores, node ${process.version}, rmem_max ${machine.rmemMax}`);
const results = [];
for (const { stream, collector, recordsPerSecond, seconds, warmSeconds } of cases) {
  results.push(show(await run(collector, stream, recordsPerSecond, seconds, warmSeconds)));
}
await endNames();
const report = { date: new Date().toISOString(), machine, node: process.version, results };
const output = join(here, "..", "results");
mkdirSync(output, { recursive: true });
appendFileSync(join(output, "collect.ndjson"), `${JSON.stringify(report)}\n`);
console.log("appended to bench/results/collect.ndjson");

for (const bar of BARS) {
  const failed = results.filter(
    (r) =>
      r.collector === bar.collector && r.offered === bar.recordsPerSecond && r.seconds > bar.seconds - 1 && r.lost > 0,
  );
  for (const r of failed) {
    console.log(`failed: ${r.collector} lost ${r.lost} of ${r.records} records at ${r.offered / 1e6} M records/s`);
    process.exitCode = 1;
  }
}

function fail(text) {
  console.log(`failed: ${text}`);
  process.exitCode = 1;
}

/** The median of a figure of a stream's runs; undefined without any. */
function median(stream, collector, figure) {
  const list = results.filter((r) => r.stream === stream && r.collector === collector).map((r) => r[figure]);
  return list.toSorted((a, b) => a - b)[list.length >> 1];
}

if (values.names) {
  const [off, on] = ["collect", "collect + names"].map((collector) => median("v9", collector, "cpuPerMillion"));
  console.log(
    `  with all names a row costs ${on} s of CPU time a million, without ${off} s: ${(on / off).toFixed(2)} times`,
  );
  const lost = results.reduce((sum, r) => sum + r.lost, 0);
  if (lost > 0) fail(`${lost} records were lost`);
}
for (const stream of values.streams?.split(",") ?? []) {
  const { rival } = STREAMS[stream];
  const ours = median(stream, "collect", "cpuPerMillion");
  const theirs = median(stream, rival, "cpuPerMillion");
  const bytes = median(stream, "collect", "bytesPerRow");
  const compared = theirs === undefined ? "" : `, ${rival} ${theirs} s: ${(ours / theirs).toFixed(2)} times`;
  console.log(`  ${stream}: ${ours} s of CPU time a million rows${compared}; ${bytes} bytes a row in the spool`);
  if (ours > CPU_BAR * theirs) fail(`${stream}: a row costs more than ${CPU_BAR} times what it costs ${rival}`);
  if (bytes > BYTES_BAR) fail(`${stream}: a row has more than ${BYTES_BAR} bytes in the spool`);
}
const [mix, single] = ["mix", "even"].map((stream) => median(stream, "collect", "cpuPerMillion"));
if (mix !== undefined && single !== undefined && values.streams !== undefined) {
  console.log(`  the mix costs ${(mix / single).toFixed(2)} times the stream without it`);
  if (mix > MIX_BAR * single) fail(`the mix costs more than ${MIX_BAR} times the stream without it`);
}
