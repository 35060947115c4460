// npm run bench:control: how long a control message waits for its answer while `tcpreplay -t` saturates the daemon's
// interface, and what an idle daemon costs. Two network namespaces joined by a veth pair, the daemon with ether, netflow
// and ksocket in one, the generator in the other; a client of the control socket asks one question after the other.
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { connectControl } from "../../apps/ngflow/dist/control/client.js";
import { makeTrace } from "../export/trace.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const ROUNDS = Number(process.env.NGFLOW_BENCH_ROUNDS ?? 3);
const SECONDS = 15;
const IDLE_SECONDS = 30;
/** Between two questions: a client that asks without pause would measure itself. */
const PAUSE_MS = 2;
/** What the daemon promises: 10 ms for a control message, 1 % of a core at no traffic. */
const ANSWER_MS = 10;
const IDLE_PERCENT = 1;

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

async function build(client, port) {
  const tell = async (path, command, args) => {
    const { errno } = await client.sendAscii(path, command, args);
    if (errno !== 0) throw new Error(`${command} ${path} ${args}: errno ${errno}`);
  };
  await tell("eth0:", "mkpeer", `{ type="netflow" ourhook="lower" peerhook="iface0" }`);
  await tell("eth0:lower", "name", `{ name="netflow" }`);
  await tell("eth0:", "connect", `{ path="netflow:" ourhook="upper" peerhook="out0" }`);
  await tell("netflow:", "setconfig", `{ iface=0 conf=7 }`);
  await tell("netflow:", "mkpeer", `{ type="ksocket" ourhook="export9" peerhook="inet/dgram/udp" }`);
  await tell("netflow:export9", "connect", `inet/127.0.0.1:${port}`);
}

/** Clock ticks of a process and its threads since it began: 100 to the second. */
function ticks(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1].split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

async function idlePercent(pid) {
  const before = ticks(pid);
  await sleep(IDLE_SECONDS * 1000);
  return ((ticks(pid) - before) / (100 * IDLE_SECONDS)) * 100;
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

const etherCounters = async (client) =>
  (await client.snapshot()).nodes.find(({ type, hooks }) => type === "ether" && hooks.length > 0).counters;

const running = [];
const results = { rounds: [] };
try {
  const trace = makeTrace("live", process.env.NGFLOW_BENCH_DIR ?? join(tmpdir(), "ngflow-bench"));
  link();
  const sink = spawn("ip", ["netns", "exec", meter, process.execPath, join(root, "bench/export/sink.mjs")], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  running.push(sink);
  const { port } = await new Promise((resolve) => sink.once("message", resolve));
  const { child, client } = await start();
  running.push(child);
  await build(client, port);
  await sleep(2000);
  results.idlePercent = Number((await idlePercent(child.pid)).toFixed(2));
  results.idle = await ask(client);
  process.stdout.write(`idle: ${results.idlePercent} % of a core, answers ${JSON.stringify(results.idle.message)} ms\n`);
  for (let round = 0; round < ROUNDS; round++) {
    const before = await etherCounters(client);
    const cpuBefore = ticks(child.pid);
    const replay = spawn(
      "ip",
      ["netns", "exec", generator, "tcpreplay", "-tK", "--loop=100000", `--duration=${SECONDS}`, "-i", "eth0", trace.path],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    running.push(replay);
    let told = "";
    replay.stdout.on("data", (chunk) => (told += chunk));
    const answers = await ask(client, ended(replay));
    await sleep(500);
    const after = await etherCounters(client);
    const sent = Number(/Successful packets:\s+(\d+)/.exec(told)?.[1]);
    const seen = after.packetsSeen - before.packetsSeen;
    const one = {
      sent,
      packetsPerSecond: Math.round(sent / SECONDS),
      seen,
      dropped: after.packetsDropped - before.packetsDropped,
      corePercent: Math.round((ticks(child.pid) - cpuBefore) / SECONDS),
      ...answers,
    };
    results.rounds.push(one);
    process.stdout.write(`round ${round + 1}: ${JSON.stringify(one)}\n`);
  }
  await client.close();
} finally {
  for (const each of running) if (each.exitCode === null) each.kill();
  await Promise.all(running.map((each) => (each.exitCode === null && each.signalCode === null ? ended(each) : undefined)));
  for (const name of namespaces) spawnSync("ip", ["netns", "delete", name]);
  rmSync(work, { recursive: true, force: true });
}

const late = results.rounds.filter(({ message }) => message.p99 >= ANSWER_MS);
if (late.length > 0 || results.idlePercent >= IDLE_PERCENT) {
  process.stderr.write(`bench:control: not within ${ANSWER_MS} ms at the 99th percentile, or ${IDLE_PERCENT} % when idle\n`);
  process.exitCode = 1;
} else {
  const machine = { cpu: cpus()[0].model.trim(), cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
  const line = { date: new Date().toISOString(), machine, node: process.version, ...results };
  appendFileSync(join(root, "bench/results/control.ndjson"), `${JSON.stringify(line)}\n`);
}
