// The two stores of `npm run bench:query`: ngflow's data directory, and nfcapd's files of the same datagrams.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { writeFlows } from "./datagrams.mjs";

const here = dirname(fileURLToPath(import.meta.url));
export const NGFLOW = join(process.env.NGFLOW_BENCH_TREE ?? join(here, "..", ".."), "apps/ngflow/bin/ngflow.js");
const READY_MS = 60_000;
/** Datagrams a second to nfcapd, far below what it reads. */
const REPLAY_RATE = 6000;
const OUTPUT_BYTES = 2 ** 28;

const children = new Set();
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => {
    for (const child of children) child.kill("SIGKILL");
    process.exit(1);
  });

function start(program, args) {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

async function end(child) {
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

/** Runs a command to its end. Returns what it printed and the seconds that it took. */
export function timed(program, args) {
  const startMs = performance.now();
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", maxBuffer: OUTPUT_BYTES });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr}`);
  return { stdout, seconds: (performance.now() - startMs) / 1000 };
}

/** `ngflow` with arguments, as `timed`. */
export const ngflow = (...args) => timed(process.execPath, [NGFLOW, ...args]);

/** Makes a folder once: `fill` has ended when it has its name. */
async function onceOnly(folder, fill) {
  if (existsSync(folder)) return;
  const partial = `${folder}.part`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  await fill(partial);
  renameSync(partial, folder);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** What nfdump says that its files have. */
function nfdumpSums(files) {
  const { stdout } = timed("nfdump", ["-R", files, "-I"]);
  const field = (name) => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(stdout)?.[1]);
  return { flows: field("Flows"), packets: field("Packets"), bytes: field("Bytes") };
}

async function fillNfcapd(files, capture) {
  const port = await freePort();
  const nfcapd = start("nfcapd", ["-w", files, "-b", "127.0.0.1", "-p", `${port}`, "-t", "3600", "-B", "4000000"]);
  await sleep(1000);
  ngflow("replay", capture, "--to", `udp://127.0.0.1:${port}`, "--rate", `${REPLAY_RATE}`, "--quiet");
  await sleep(2000);
  await end(nfcapd);
}

/**
 * A day of flows, all different, in both stores; made once for each number of flows and day.
 * @returns paths, the sums, and seconds of the import
 */
export async function dayOfFlows(work, flows, range) {
  const base = join(work, `${flows}-${new Date(range.fromMs).toISOString().slice(0, 10)}`);
  const [data, files] = [join(base, "ngflow"), join(base, "nfcapd")];
  await onceOnly(base, async (folder) => {
    const capture = join(folder, "flows.pcap");
    const sums = writeFlows(capture, flows, range);
    mkdirSync(join(folder, "nfcapd"));
    await fillNfcapd(join(folder, "nfcapd"), capture);
    const theirs = nfdumpSums(join(folder, "nfcapd"));
    if (JSON.stringify(theirs) !== JSON.stringify(sums))
      throw new Error(`nfcapd has ${JSON.stringify(theirs)} of ${JSON.stringify(sums)}; nothing is timed`);
    const { seconds } = ngflow("import", "--data", join(folder, "ngflow"), capture, "--json");
    writeFileSync(join(folder, "sums.json"), JSON.stringify({ ...sums, importSeconds: seconds }));
    rmSync(capture);
  });
  return { data, files, sums: JSON.parse(readFileSync(join(base, "sums.json"), "utf8")) };
}

/** A month of `ngflow generate`, so many flows a second, in ngflow's store; made once for each rate and day. */
export async function monthOfFlows(work, rate, range) {
  const data = join(work, `month-${rate}-${new Date(range.fromMs).toISOString().slice(0, 10)}`);
  await onceOnly(data, async (folder) => {
    const capture = `${folder}.pcap`;
    const seconds = (range.toMs - range.fromMs) / 1000;
    const from = new Date(range.fromMs).toISOString();
    const count = String(rate * seconds);
    ngflow("generate", "--to", capture, "--rate", `${rate}`, "--count", count, "--start", from, "--quiet");
    ngflow("import", "--data", folder, capture, "--json");
    rmSync(capture);
  });
  return data;
}

/** Asks a daemon. Returns the answer and the seconds until it was read. */
async function ask(url) {
  const startMs = performance.now();
  const response = await new Promise((resolve, reject) => get(url, { agent: false }, resolve).once("error", reject));
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`${url}: ${body}`);
  return { answer: JSON.parse(body), seconds: (performance.now() - startMs) / 1000 };
}

/** Runs `ngflow serve` on a data directory while `use` asks it: `asked(words)`, or a browser at `url`. */
export async function served(data, use) {
  const port = await freePort();
  const daemon = start(process.execPath, [NGFLOW, "serve", "--data", data, "--http", `127.0.0.1:${port}`, "--quiet"]);
  const url = `http://127.0.0.1:${port}`;
  const base = `${url}/api/v1`;
  try {
    const untilMs = performance.now() + READY_MS;
    for (;;) {
      try {
        await ask(`${base}/info`);
        break;
      } catch (error) {
        if (performance.now() > untilMs || daemon.exitCode !== null) throw error;
        await sleep(100);
      }
    }
    const rssMiB = () =>
      Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.pid}/status`, "utf8"))[1]) / 1024);
    return await use((words) => ask(`${base}/query?${new URLSearchParams(words)}`), rssMiB, url);
  } finally {
    await end(daemon);
  }
}
