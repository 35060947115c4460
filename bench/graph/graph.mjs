// npm run bench:graph: batches of 64-byte packets through ether (simulated) → tee → hub → hole. Every packet is counted
// at its last hop before anything is timed; packets per second and hop are the median of several rounds; a heap counter
// asserts that nothing is allocated per packet.
import { appendFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { PerformanceObserver, performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";
import { createGraph } from "@ngflow/graph";
import { PacketBatch } from "@ngflow/base";
import { attachEther, NODE_TYPES, SimulatedInterface } from "@ngflow/nodes";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const ROUNDS = Number(process.env.NGFLOW_BENCH_ROUNDS ?? 7);
const ROUND_PACKETS = 8_000_000;
const HEAP_PACKETS = 1_000_000;
const FRAME_BYTES = 64;
const BATCHES = [256, 32, 1];
/** Links that a packet crosses. */
const HOPS = 3;
/** The smallest thing JavaScript allocates is larger: below it, packets allocate nothing. */
const BYTES_PER_PACKET = 4;

// The counter is exact only while no collection runs: the young generation has to hold what a leak would allocate.
if (globalThis.gc === undefined) {
  const flags = ["--expose-gc", "--max-semi-space-size=256", "--min-semi-space-size=256"];
  const { status } = spawnSync(process.execPath, [...flags, fileURLToPath(import.meta.url)], { stdio: "inherit" });
  process.exit(status ?? 1);
}

/** The graph, and the counter at its end. */
function build() {
  const graph = createGraph({ clock: { nowMs: () => 0, monotonicMs: () => 0 }, types: NODE_TYPES });
  const link = new SimulatedInterface("em0", 1, Uint8Array.of(2, 0, 0, 0, 0, 1));
  attachEther(graph, link);
  graph.mkpeer(undefined, "em0:", "tee", "lower", "right");
  graph.mkpeer(undefined, "em0:lower", "hub", "left", "a");
  graph.mkpeer(undefined, "em0:lower.left", "hole", "b", "in");
  const last = graph.resolve(undefined, "em0:lower.left").hooks.get("b");
  return { link, arrived: () => last.outPackets };
}

function frames(count) {
  const buffer = new Uint8Array(count * FRAME_BYTES);
  const batch = new PacketBatch(count, buffer);
  for (let i = 0; i < count; i++) {
    buffer.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0], i * FRAME_BYTES);
    batch.push(i * FRAME_BYTES, FRAME_BYTES, FRAME_BYTES, i);
  }
  return batch;
}

function send(link, batch, packets) {
  for (let sent = 0; sent < packets; sent += batch.count) link.fromWire(batch);
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

/** Bytes of heap that `run` allocates for each packet, without a collection meanwhile. */
async function heapPerPacket(run) {
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  globalThis.gc();
  globalThis.gc();
  // Entries of the collections above arrive later and do not belong to this run.
  await new Promise((resolve) => setTimeout(resolve, 20));
  observer.observe({ entryTypes: ["gc"] });
  const before = process.memoryUsage().heapUsed;
  run();
  const after = process.memoryUsage().heapUsed;
  await new Promise((resolve) => setTimeout(resolve, 20));
  observer.disconnect();
  if (collections > 0)
    throw new Error(`${collections} collections ran: more was allocated than the young generation holds`);
  return (after - before) / HEAP_PACKETS;
}

/** Allocates one object per packet: the counter has to find it. */
const planted = { last: undefined };
const plant = () => {
  for (let i = 0; i < HEAP_PACKETS; i++) planted.last = { i };
};
plant();
const plantedBytes = await heapPerPacket(plant);
if (plantedBytes < BYTES_PER_PACKET)
  throw new Error(`the heap counter saw ${plantedBytes} bytes of one object a packet`);

const results = {};
for (const count of BATCHES) {
  const { link, arrived } = build();
  const batch = frames(count);
  send(link, batch, 1_000_000);
  if (arrived() !== Math.ceil(1_000_000 / count) * count) throw new Error(`${arrived()} packets arrived`);
  const rates = [];
  for (let round = 0; round < ROUNDS; round++) {
    const packets = count === 1 ? ROUND_PACKETS / 8 : ROUND_PACKETS;
    const startedMs = performance.now();
    send(link, batch, packets);
    rates.push(packets / ((performance.now() - startedMs) / 1000));
  }
  const bytesPerPacket = await heapPerPacket(() => send(link, batch, HEAP_PACKETS));
  const packetsPerSecond = Math.round(median(rates));
  const nsPerHop = Number((1e9 / packetsPerSecond / HOPS).toFixed(2));
  results[`batch-${count}`] = {
    packetsPerSecond,
    packetsPerSecondPerHop: packetsPerSecond * HOPS,
    nsPerHop,
    heapBytesPerPacket: Number(bytesPerPacket.toFixed(3)),
  };
  process.stdout.write(
    `batches of ${String(count).padStart(3)}: ${(packetsPerSecond / 1e6).toFixed(1).padStart(7)} Mpps, ` +
      `${((packetsPerSecond * HOPS) / 1e6).toFixed(1).padStart(7)} Mpps x hop, ${nsPerHop} ns a hop, ${bytesPerPacket.toFixed(3)} heap bytes a packet\n`,
  );
  if (bytesPerPacket >= BYTES_PER_PACKET) {
    process.stderr.write(`bench:graph: packets allocate: ${bytesPerPacket.toFixed(1)} bytes each\n`);
    process.exitCode = 1;
  }
}

const machine = { cpu: cpus()[0].model.trim(), cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
const line = {
  date: new Date().toISOString(),
  machine,
  node: process.version,
  rounds: ROUNDS,
  path: "ether tee hub hole",
  results,
};
if (process.exitCode === undefined)
  appendFileSync(join(root, "bench/results/graph.ndjson"), `${JSON.stringify(line)}\n`);
