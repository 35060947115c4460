// npm run bench:control: how long a control message waits for its answer while `tcpreplay -t` saturates the daemon's
// interface, and what an idle daemon costs. Two network namespaces joined by a veth pair, the daemon with ether,
// netflow and ksocket in one, the generator in the other; a client of the control socket sends one request after the
// other.
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { connectControl } from "../../apps/ngflow/dist/control/client.js";
import { uniform } from "../export/flows.mjs";
import { makeTrace } from "../export/trace.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const ROUNDS = Number(process.env.NGFLOW_BENCH_ROUNDS ?? 3);
const SECONDS = 15;
const SETTLE_MS = 20_000;
const IDLE_SECONDS = 30;
/** Pause between two requests: a client that sends without pause would measure itself. */
const PAUSE_MS = 2;
/** What the daemon promises: 10 ms for a control message, 1 % of a core at no traffic. */
const ANSWER_MS = 10;
const IDLE_PERCENT = 1;

/** Small enough to be replayed from memory, again and again. */
const TRACE = { packets: 400_000, seconds: 1, draw: () => uniform({ flows: 20_000, seed: 3 }) };

const work = mkdtempSync(join(tmpdir(), "ngflow-control-bench-"));
const namespaces = ["meter", "generator"].map((name) => `ngflow-bench-${process.pid}-${name}`);
const [meter, generator] = namespaces;

function must(...words) {
  const { status, stderr, stdout } = spawnSync(words[0], words.slice(1), { encoding: "utf8", timeout: 120_000 });
  if (status === 0) return stdout;
  throw new Error(`${words.join(" ")}: ${stderr}`);
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function link() {
  for (const name of namespaces) must("ip", "netns", "add", name);
  must("ip", "-n", meter, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", generator);
  for (const name of namespaces) {
    must("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");
    for (const device of ["lo", "eth0"]) must("ip", "-n", name, "link", "set", device, "up");
  }
}

/** The daemon with the article's graph; its flows go to a port where a sink counts them. */
async function start() {
  const control = join(work, "control.sock");
  const command = [process.execPath, join(root, "apps/ngflow/bin/ngflow.js"), "graph", "--control", control, "--quiet"];
  const child = spawn("ip", ["netns", "exec", meter, ...command], { stdio: ["ignore", "inherit", "inherit"] });
  for (let tries = 0; tries < 100; tries++) {
    const client = await connectControl(control).catch(() => sleep(100));
    if (client === undefined) continue;
    return { child, client };
  }
  throw new Error("the daemon did not start");
}

const sender = (client) => async (path, command, args) => {
  const { errno } = await client.sendAscii(path, command, args);
  if (errno !== 0) throw new Error(`${command} ${path} ${args}: errno ${errno}`);
};

/** netflow nodes one behind the other: as many as make the generator outrun the graph. */
const SATURATING = 28;

async function build(client, port) {
  const send = sender(client);
  await send("eth0:", "mkpeer", `{ type="netflow" ourhook="lower" peerhook="iface0" }`);
  await send("eth0:lower", "name", `{ name="netflow" }`);
  await send("eth0:", "connect", `{ path="netflow:" ourhook="upper" peerhook="out0" }`);
  await send("netflow:", "setconfig", `{ iface=0 conf=7 }`);
  await send("netflow:", "mkpeer", `{ type="ksocket" ourhook="export9" peerhook="inet/dgram/udp" }`);
  await send("netflow:export9", "connect", `inet/127.0.0.1:${port}`);
}

/** Milliseconds that the threads of a process have run; exact, unlike the ticks of `stat`. */
function ranMs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "latin1").split(" ")[0]));
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}

async function idlePercent(pid) {
  const before = ranMs(pid);
  await sleep(IDLE_SECONDS * 1000);
  return ((ranMs(pid) - before) / (1000 * IDLE_SECONDS)) * 100;
}

function ended(child) {
  return new Promise((resolve) => child.once("exit", resolve));
}

const quantile = (sorted, q) => Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))].toFixed(3));

/** Answers while `during` runs: message round trips, and those of the daemon's own requests. */
async function ask(client, during) {
  let done = during === undefined;
  const samples = { message: [], snapshot: [] };
  void during?.then(() => (done = true));
  const untilMs = performance.now() + 5000;
  for (let n = 0; during === undefined ? performance.now() < untilMs : !done; n++) {
    const fromMs = performance.now();
    const kind = n % 20 === 19 ? "snapshot" : "message";
    if (kind === "snapshot") await client.snapshot();
    else await client.sendAscii("netflow:", "info", "");
    samples[kind].push(performance.now() - fromMs);
    await sleep(PAUSE_MS);
  }
  return Object.fromEntries(
    Object.entries(samples).map(([kind, all]) => {
      const sorted = all.toSorted((a, b) => a - b);
      const [p50, p99, max] = [0.5, 0.99, 1].map((q) => quantile(sorted, q));
      return [kind, { asked: sorted.length, p50, p99, max }];
    }),
  );
}

/** Puts further netflow nodes between the first and the interface's `upper`. */
async function lengthen(client) {
  const send = sender(client);
  await send("eth0:", "rmhook", `{ hook="upper" }`);
  let last = "netflow:";
  for (let i = 1; i < SATURATING; i++) {
    await send(last, "mkpeer", `{ type="netflow" ourhook="out0" peerhook="iface0" }`);
    await send(`${last}out0`, "name", `{ name="further${i}" }`);
    last = `further${i}:`;
    await send(last, "setconfig", `{ iface=0 conf=1 }`);
    await send(last, "mkpeer", `{ type="hole" ourhook="export9" peerhook="in" }`);
  }
  await send(last, "connect", `{ path="eth0:" ourhook="out0" peerhook="upper" }`);
}

const etherCounters = async (client) =>
  (await client.snapshot()).nodes.find(({ type, hooks }) => type === "ether" && hooks.length > 0).counters;

/** The interface at the generator's full rate for a while, and the answers meanwhile. */
async function measure(child, client, file) {
  const before = await etherCounters(client);
  const ranBefore = ranMs(child.pid);
  // On a machine with other load, run all of this but the generator with real-time priority (chrt -r 1).
  const words = ["chrt", "-o", "0", "tcpreplay", "-tK", "--loop=100000", `--duration=${SECONDS}`, "-i", "eth0", file];
  const replay = spawn("ip", ["netns", "exec", generator, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  running.push(replay);
  let output = "";
  replay.stdout.on("data", (chunk) => (output += chunk));
  const answers = await ask(client, ended(replay));
  const corePercent = Math.round((ranMs(child.pid) - ranBefore) / SECONDS / 10);
  await sleep(1000);
  const after = await etherCounters(client);
  const sent = Number(/Successful packets:\s+(\d+)/.exec(output)?.[1]);
  const seen = after.packetsSeen - before.packetsSeen;
  const dropped = after.packetsDropped - before.packetsDropped;
  return { sent, packetsPerSecond: Math.round(sent / SECONDS), seen, dropped, corePercent, ...answers };
}

const running = [];
const results = { answerMs: ANSWER_MS, rounds: [] };
try {
  const trace = makeTrace("live", process.env.NGFLOW_BENCH_DIR ?? join(tmpdir(), "ngflow-bench"), TRACE);
  link();
  const sink = spawn("ip", ["netns", "exec", meter, process.execPath, join(root, "bench/export/sink.mjs")], {
    stdio: ["ignore", "inherit", "ignore", "ipc"],
  });
  running.push(sink);
  const { port } = await new Promise((resolve) => sink.once("message", resolve));
  const { child, client } = await start();
  running.push(child);
  await build(client, port);
  // Work that V8 does after the start is not counted as cost of an idle daemon.
  await sleep(SETTLE_MS);
  results.idlePercent = Number((await idlePercent(child.pid)).toFixed(2));
  results.idle = await ask(client);
  process.stdout.write(
    `idle: ${results.idlePercent} % of a core, answers ${JSON.stringify(results.idle.message)} ms\n`,
  );
  for (const load of ["wire", "saturated"]) {
    if (load === "saturated") await lengthen(client);
    for (let round = 1; round <= ROUNDS; round++) {
      const one = { load, ...(await measure(child, client, trace.path)) };
      results.rounds.push(one);
      process.stdout.write(`${load} ${round}: ${JSON.stringify(one)}\n`);
    }
  }
  await client.close();
} finally {
  for (const each of running) if (each.exitCode === null) each.kill();
  await Promise.all(
    running.map((each) => (each.exitCode === null && each.signalCode === null ? ended(each) : undefined)),
  );
  for (const name of namespaces) spawnSync("ip", ["netns", "delete", name]);
  rmSync(work, { recursive: true, force: true });
}

const late = results.rounds.filter(({ message }) => !(message.p99 < ANSWER_MS));
if (late.length > 0 || results.idlePercent >= IDLE_PERCENT) {
  process.stderr.write(
    `bench:control: not within ${ANSWER_MS} ms at the 99th percentile, or ${IDLE_PERCENT} % when idle\n`,
  );
  process.exitCode = 1;
} else {
  const machine = { cpu: cpus()[0].model.trim(), cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
  const line = { date: new Date().toISOString(), machine, node: process.version, ...results };
  appendFileSync(join(root, "bench/results/control.ndjson"), `${JSON.stringify(line)}\n`);
}
