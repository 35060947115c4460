// npm run bench:cache: the flow cache of the modern profile by itself, full of flows: nanoseconds per packet from a thousand to four
// million active flows, memory per flow of a full cache, and the longest time for which expiry holds packets up with a million
// flows. Asserts the bounds that the project sets itself; each measurement in a process of its own.
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { PacketBatch } from "@ngflow/graph";
import { loadEngine } from "@ngflow/nodes/engine";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const ROUNDS = Number(process.env.NGFLOW_BENCH_ROUNDS ?? 5);
const FLOWS = [1_000, 10_000, 100_000, 1_000_000, 4_000_000];
const PACKETS = 4_000_000;
const BATCH = 1024;
const FRAME = 64;
const BOOT_MS = 1_700_000_000_000;
const WHERE = { slot: 0, direction: 0, dataLinkType: 1, ifIndex: 0, conf: 1, hasOpposite: false };
/** From a thousand to four million flows a packet's cost grows by less than this. */
const GROWTH_MAX = 3;
const BYTES_PER_FLOW_MAX = 128;
const STALL_MS_MAX = 1;
const CACHE_FLOWS = 2_097_152;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const residentBytes = () => 4096 * Number(readFileSync("/proc/self/statm", "utf8").split(" ")[1]);

async function engineOf(maxFlows) {
  const create = await loadEngine("modern");
  const context = { nowMs: () => BOOT_MS, monotonicMs: () => performance.now(), log: () => {} };
  const engine = create(context, { maxFlows, observationDomainId: 0, bootMs: BOOT_MS });
  engine.setExport("export9", { send: () => 0 });
  return engine;
}

/** A batch of frames in the engine's memory, and a way to give each the addresses of a flow. */
function framesIn(engine) {
  const buffer = engine.packetWindow(BATCH * FRAME) ?? new Uint8Array(BATCH * FRAME);
  const view = new DataView(buffer.buffer, buffer.byteOffset);
  const batch = new PacketBatch(BATCH, buffer);
  for (let i = 0; i < BATCH; i++) {
    const o = i * FRAME;
    view.setUint16(o + 12, 0x0800);
    view.setUint8(o + 14, 0x45);
    view.setUint16(o + 16, 50);
    view.setUint8(o + 23, 17);
    batch.push(o, FRAME, FRAME, BOOT_MS * 1000);
  }
  const setFlow = (i, flow) => {
    view.setInt32(i * FRAME + 26, 0x0a000000 | (flow >>> 8));
    view.setInt32(i * FRAME + 30, 0xc0a80000 | (flow & 0xff));
  };
  return { batch, setFlow };
}

/** Every flow once, in order, at one time. */
function fill(engine, { batch, setFlow }, flows, nowMs = BOOT_MS) {
  batch.timesUs.fill(nowMs * 1000);
  for (let flow = 0; flow < flows; flow += BATCH) {
    batch.count = Math.min(BATCH, flows - flow);
    for (let i = 0; i < batch.count; i++) setFlow(i, flow + i);
    engine.account(batch, WHERE);
  }
  batch.count = BATCH;
}

/** Nanoseconds for a packet of a flow drawn at random from those that are cached; drawing is not timed. */
async function cost(flows) {
  const engine = await engineOf(Math.max(flows, 16_384));
  const frames = framesIn(engine);
  fill(engine, frames, flows);
  let random = 1;
  const rounds = [];
  for (let round = 0; round <= ROUNDS; round++) {
    let ms = 0;
    for (let done = 0; done < PACKETS / 4; done += BATCH) {
      for (let i = 0; i < BATCH; i++) {
        random = (Math.imul(random, 1664525) + 1013904223) | 0;
        frames.setFlow(i, Math.floor(((random >>> 0) / 4294967296) * flows));
      }
      const from = performance.now();
      engine.account(frames.batch, WHERE);
      ms += performance.now() - from;
    }
    if (round > 0) rounds.push((ms * 1e6) / (PACKETS / 4));
  }
  const { flowsActive } = engine.counters();
  if (flowsActive !== flows) throw new Error(`${flowsActive} flows are cached, not ${flows}`);
  return { ns: median(rounds) };
}

/** Resident memory that a full cache adds, by flow. */
async function memory() {
  const engine = await engineOf(CACHE_FLOWS);
  const frames = framesIn(engine);
  fill(engine, frames, 1024);
  const before = residentBytes();
  fill(engine, frames, CACHE_FLOWS);
  const { flowsActive } = engine.counters();
  if (flowsActive !== CACHE_FLOWS) throw new Error(`${flowsActive} flows are cached, not ${CACHE_FLOWS}`);
  return { bytes: (residentBytes() - before) / (CACHE_FLOWS - 1024) };
}

/** Milliseconds of processor time: what other processes take meanwhile is not the cache's doing. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A million flows time out at once, while packets of other flows go on: the longest calls and ticks, in processor time. */
async function stall() {
  const flows = 1_000_000;
  const engine = await engineOf(CACHE_FLOWS);
  const frames = framesIn(engine);
  const { batch } = frames;
  const calls = [];
  const ticks = [];
  let nowMs = BOOT_MS;
  // So many flows, then 40 s of packets of others every millisecond and a tick each 10 ms: timeouts come after 15 s. First
  // with fewer flows, as a daemon would have had them: code that has never run is slow.
  for (const count of [100_000, flows]) {
    fill(engine, frames, count, nowMs);
    for (let i = 0; i < BATCH; i++) frames.setFlow(i, flows + i);
    calls.length = 0;
    ticks.length = 0;
    for (const end = nowMs + 40_000; nowMs < end; nowMs++) {
      batch.timesUs.fill(nowMs * 1000);
      let from = cpuMs();
      engine.account(batch, WHERE);
      calls.push(cpuMs() - from);
      if (nowMs % engine.tickIntervalMs !== 0) continue;
      from = cpuMs();
      engine.tick(nowMs);
      ticks.push(cpuMs() - from);
    }
  }
  const records = engine.counters().recordsExported;
  if (records < flows) throw new Error(`${records} flows have ended, not ${flows}`);
  const late = (list) => list.toSorted((a, b) => b - a);
  return { callMs: late(calls).slice(0, 5), tickMs: late(ticks).slice(0, 5), usualMs: median(calls) };
}

const TASKS = { cost, memory, stall };

/** Runs a measurement in a process of its own. */
function measure(task, argument = "") {
  const { status, stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), task, `${argument}`], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) process.exit(1);
  return JSON.parse(stdout);
}

function main() {
  const machine = { cpu: cpus()[0].model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
  console.log(`${machine.cpu}, ${machine.cores} cores, node ${process.version}, medians of ${ROUNDS}`);
  const failures = [];
  const costs = FLOWS.map((flows) => {
    const ns = Number(measure("cost", flows).ns.toFixed(1));
    console.log(`${String(flows).padStart(9)} active flows ${String(ns).padStart(7)} ns a packet`);
    return { flows, ns };
  });
  const growth = Number((costs.at(-1).ns / costs[0].ns).toFixed(2));
  console.log(`growth from ${FLOWS[0]} to ${FLOWS.at(-1)} flows: ${growth}x`);
  if (growth >= GROWTH_MAX) failures.push(`a packet's cost grows ${growth}x, not less than ${GROWTH_MAX}x`);
  const bytesPerFlow = Number(measure("memory").bytes.toFixed(1));
  console.log(`${bytesPerFlow} bytes of memory a flow in a full cache of ${CACHE_FLOWS}`);
  if (bytesPerFlow > BYTES_PER_FLOW_MAX) failures.push(`a flow takes ${bytesPerFlow} bytes of memory`);
  const { callMs, tickMs, usualMs } = measure("stall");
  const shown = (list) => list.map((ms) => ms.toFixed(2)).join(" ");
  console.log(
    `a million flows end: longest calls ${shown(callMs)} ms (usually ${usualMs.toFixed(3)}), ticks ${shown(tickMs)} ms`,
  );
  if (Math.max(callMs[0], tickMs[0]) > STALL_MS_MAX) failures.push(`expiry holds packets up for ${callMs[0]} ms`);
  const report = { date: new Date().toISOString(), machine, node: process.version, rounds: ROUNDS };
  const row = { ...report, costs, growth, bytesPerFlow, callMs, tickMs };
  appendFileSync(join(root, "bench", "results", "cache.ndjson"), `${JSON.stringify(row)}\n`);
  for (const failure of failures) console.log(`failed: ${failure}`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

const [task, argument] = process.argv.slice(2);
if (task === undefined) main();
else console.log(JSON.stringify(await TASKS[task](Number(argument))));
