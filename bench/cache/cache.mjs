// npm run bench:cache: measures the flow cache of the modern profile alone. Nanoseconds per packet read from a capture,
// with a thousand to four million active flows; memory per flow of a full cache; and the longest time for which expiry
// delays packets with a million flows. Asserts the limits below. Each measurement runs in a process of its own.
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import koffi from "koffi";
import { PacketBatch } from "@ngflow/base";
import { loadEngine } from "@ngflow/nodes/engine";
import { CaptureReader } from "@ngflow/wire/capture";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const ROUNDS = Number(process.env.NGFLOW_BENCH_ROUNDS ?? 5);
const FLOWS = [1_000, 10_000, 100_000, 1_000_000, 4_000_000];
const PACKETS = 1_000_000;
const BATCH = 1024;
const FRAME = 64;
const BOOT_MS = 1_700_000_000_000;
const WHERE = { slot: 0, direction: 0, dataLinkType: 1, ifIndex: 0, conf: 1, hasOpposite: false };
/** From a thousand to four million flows, the cost of a packet grows by less than this factor. */
const GROWTH_MAX = 3;
const BYTES_PER_FLOW_MAX = 128;
const STALL_MS_MAX = 1;
const CACHE_FLOWS = 2_097_152;
/**
 * Other load on the machine affects the longest of twenty thousand calls most. So there are more bursts than rounds.
 */
const BURSTS = 11;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const residentBytes = () => 4096 * Number(readFileSync("/proc/self/statm", "utf8").split(" ")[1]);

const CLOCK_THREAD_CPUTIME_ID = 3;
const clockGettime = koffi.load("libc.so.6").func("int clock_gettime(int clock, _Out_ int64_t *now)");
const now = new BigInt64Array(2);

/** CPU time of this thread in milliseconds: seconds and nanoseconds of a struct timespec. */
function threadMs() {
  clockGettime(CLOCK_THREAD_CPUTIME_ID, now);
  return Number(now[0]) * 1000 + Number(now[1]) / 1e6;
}

async function engineOf(maxFlows) {
  const create = await loadEngine("modern");
  const context = { nowMs: () => BOOT_MS, monotonicMs: () => performance.now() };
  const engine = create(context, { maxFlows, observationDomainId: 0, bootMs: BOOT_MS });
  engine.setExport("export9", { send: () => 0 });
  return engine;
}

/** Writes the frame of a packet of a flow: UDP over IPv4. */
function writeFrame(view, o, flow) {
  view.setUint16(o + 12, 0x0800);
  view.setUint8(o + 14, 0x45);
  view.setUint16(o + 16, 50);
  view.setUint8(o + 23, 17);
  view.setInt32(o + 26, 0x0a000000 | (flow >>> 8));
  view.setInt32(o + 30, 0xc0a80000 | (flow & 0xff));
}

/** A batch of frames in a buffer, and a way to make each a packet of a flow. */
function framesIn(buffer) {
  const view = new DataView(buffer.buffer, buffer.byteOffset);
  const batch = new PacketBatch(BATCH, buffer);
  for (let i = 0; i < BATCH; i++) batch.push(i * FRAME, FRAME, FRAME, BOOT_MS * 1000);
  return { batch, setFlow: (i, flow) => writeFrame(view, i * FRAME, flow) };
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

/** A capture of packets of flows drawn at random, in memory. */
function captureOf(flows) {
  const record = 16 + FRAME;
  const bytes = new Uint8Array(24 + PACKETS * record);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint32(20, 1, true);
  let random = 1;
  for (let at = 24; at < bytes.length; at += record) {
    random = (Math.imul(random, 1664525) + 1013904223) | 0;
    view.setUint32(at, BOOT_MS / 1000, true);
    view.setUint32(at + 8, FRAME, true);
    view.setUint32(at + 12, FRAME, true);
    writeFrame(view, at + 16, Math.floor(((random >>> 0) / 4294967296) * flows));
  }
  return bytes;
}

/**
 * Nanoseconds for a packet to be read from a capture, parsed and metered while so many flows are cached, those of the
 * capture.
 */
async function cost(flows) {
  const engine = await engineOf(Math.max(flows, 16_384));
  const window = new CaptureReader("capture").buffer.length;
  const { buffer } = engine.packetWindow(window);
  fill(engine, framesIn(buffer), flows);
  const capture = captureOf(flows);
  const batch = new PacketBatch(BATCH);
  const rounds = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const from = performance.now();
    const reader = new CaptureReader("capture");
    reader.moveTo(buffer);
    for (let at = 0; at < capture.length;) {
      const chunk = capture.subarray(at, at + reader.room);
      reader.buffer.set(chunk, reader.writeAt);
      reader.filled(chunk.length);
      at += chunk.length;
      while (reader.next(batch) > 0) engine.account(batch, WHERE);
    }
    if (round > 0) rounds.push(((performance.now() - from) * 1e6) / PACKETS);
  }
  const { flowsActive } = engine.counters();
  if (flowsActive !== flows) throw new Error(`${flowsActive} flows are cached, not ${flows}`);
  return { ns: median(rounds) };
}

/** Resident memory that a full cache adds, by flow. */
async function memory() {
  const engine = await engineOf(CACHE_FLOWS);
  const frames = framesIn(new Uint8Array(BATCH * FRAME));
  fill(engine, frames, 1024);
  const before = residentBytes();
  fill(engine, frames, CACHE_FLOWS);
  const { flowsActive } = engine.counters();
  if (flowsActive !== CACHE_FLOWS) throw new Error(`${flowsActive} flows are cached, not ${CACHE_FLOWS}`);
  return { bytes: (residentBytes() - before) / (CACHE_FLOWS - 1024) };
}

/**
 * A million flows time out at once, while packets of other flows go on: the longest call and the longest tick of a
 * burst, medians of several bursts. The first bursts are not counted: a daemon has run that code before. Time is the
 * thread's CPU time, and in addition wall-clock time: other processes run on the machine, and even a loop that does
 * nothing is interrupted for milliseconds.
 */
async function stall() {
  const flows = 1_000_000;
  const engine = await engineOf(CACHE_FLOWS);
  const frames = framesIn(new Uint8Array(BATCH * FRAME));
  const { batch } = frames;
  const worst = { call: [], tick: [], clock: [] };
  let nowMs = BOOT_MS;
  for (let burst = -2; burst < BURSTS; burst++) {
    fill(engine, frames, flows, nowMs);
    for (let i = 0; i < BATCH; i++) frames.setFlow(i, flows + i);
    let [call, tick, clock] = [0, 0, 0];
    // 20 s of a batch every millisecond and a tick each 10 ms: timeouts come after 15 s.
    for (const end = nowMs + 20_000; nowMs < end; nowMs++) {
      batch.timesUs.fill(nowMs * 1000);
      const from = performance.now();
      const cpu = threadMs();
      engine.account(batch, WHERE);
      const between = threadMs();
      clock = Math.max(clock, performance.now() - from);
      call = Math.max(call, between - cpu);
      if (nowMs % engine.tickIntervalMs !== 0) continue;
      engine.tick(nowMs);
      tick = Math.max(tick, threadMs() - between);
    }
    if (burst < 0) continue;
    worst.call.push(call);
    worst.tick.push(tick);
    worst.clock.push(clock);
  }
  const { recordsExported } = engine.counters();
  if (recordsExported < (BURSTS + 1) * flows) throw new Error(`${recordsExported} flows have ended`);
  return { callMs: median(worst.call), tickMs: median(worst.tick), callClockMs: median(worst.clock) };
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
  const { callMs, tickMs, callClockMs } = measure("stall");
  console.log(
    `a million flows end: longest call ${callMs.toFixed(2)} ms (by the clock ${callClockMs.toFixed(2)}), longest tick ${tickMs.toFixed(2)} ms`,
  );
  if (Math.max(callMs, tickMs) > STALL_MS_MAX) failures.push(`expiry delays packets for ${callMs.toFixed(2)} ms`);
  const report = { date: new Date().toISOString(), machine, node: process.version, rounds: ROUNDS };
  const row = { ...report, costs, growth, bytesPerFlow, callMs, callClockMs, tickMs };
  appendFileSync(join(root, "bench", "results", "cache.ndjson"), `${JSON.stringify(row)}\n`);
  for (const failure of failures) console.log(`failed: ${failure}`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

const [task, argument] = process.argv.slice(2);
if (task === undefined) main();
else console.log(JSON.stringify(await TASKS[task](Number(argument))));
