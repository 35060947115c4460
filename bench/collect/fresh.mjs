// npm run bench:fresh: how long after its datagram was sent a flow is in an answer of the server, beside a stream of
// 100,000 records a second through `ngflow collect` and `ngflow serve`. Forty datagrams of NetFlow v5 with one flow
// each, all of different source ports, half a second apart; each is asked for until it is there. Appends the median and
// the longest to bench/results/fresh.ndjson. Exits with 1 if one took a second or more. Option: --rate N.
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, release, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const ngflow = join(here, "../../apps/ngflow/bin/ngflow.js");
const PORT = 39_057;
const PROBES = 40;
const GAP_MS = 500;
const BAR_MS = 1000;
const POLL_MS = 10;
const GIVE_UP_MS = 30_000;

const { values } = parseArgs({ options: { rate: { type: "string", default: "100000" } } });
const rate = Number(values.rate);
const work = mkdtempSync(join(tmpdir(), "ngflow-bench-fresh-"));
const children = [];

function start(args) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return child;
}

/** A datagram of NetFlow v5 with one flow that ended now. */
function datagram(sequence, sourcePort) {
  const bytes = Buffer.alloc(24 + 48);
  const now = Date.now();
  bytes.writeUInt16BE(5, 0);
  bytes.writeUInt16BE(1, 2);
  bytes.writeUInt32BE(3_600_000, 4);
  bytes.writeUInt32BE(Math.floor(now / 1000), 8);
  bytes.writeUInt32BE((now % 1000) * 1e6, 12);
  bytes.writeUInt32BE(sequence, 16);
  bytes.set([192, 0, 2, 1, 198, 51, 100, 1], 24);
  bytes.writeUInt32BE(1, 24 + 16);
  bytes.writeUInt32BE(100, 24 + 20);
  bytes.writeUInt32BE(3_599_990, 24 + 24);
  bytes.writeUInt32BE(3_599_999, 24 + 28);
  bytes.writeUInt16BE(sourcePort, 24 + 32);
  bytes.writeUInt16BE(443, 24 + 34);
  bytes[24 + 38] = 17;
  return bytes;
}

async function isThere(url, sourcePort) {
  const filter = encodeURIComponent(`src host 192.0.2.1 and src port ${sourcePort}`);
  const answer = await fetch(`${url}/api/v1/query?last=10m&by=SrcPort&metric=flows&filter=${filter}`);
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()).rows.some(({ SrcPort }) => Number(SrcPort) === sourcePort);
}

try {
  start([ngflow, "collect", "--quiet", "--data", work, "--listen", `127.0.0.1:${PORT}`]);
  const serve = start([
    ...[ngflow, "serve", "--data", work, "--http", "127.0.0.1:0", "--control", join(work, "control.sock")],
  ]);
  let said = "";
  serve.stdout.on("data", (text) => (said += text));
  let url;
  while ((url = /http:\/\/\S+/.exec(said)?.[0]) === undefined) await sleep(100);
  const seconds = Math.ceil((PROBES * GAP_MS) / 1000) + 10;
  const background = { port: PORT, stream: "v9", recordsPerSecond: rate, seconds, firstId: 1 };
  const sender = start([join(here, "send.mjs"), JSON.stringify(background)]);
  sender.stdout.resume();
  const sent = once(sender, "exit");
  await sleep(5000);
  const socket = createSocket("udp4");
  const took = [];
  for (let n = 0; n < PROBES; n++) {
    const sourcePort = 20_000 + n;
    const startMs = performance.now();
    socket.send(datagram(n, sourcePort), PORT, "127.0.0.1");
    while (!(await isThere(url, sourcePort))) {
      if (performance.now() - startMs > GIVE_UP_MS) throw new Error(`flow ${n} was not there after 30 s`);
      await sleep(POLL_MS);
    }
    const ms = performance.now() - startMs;
    took.push(ms);
    await sleep(Math.max(0, GAP_MS - ms) + Math.random() * 100);
  }
  socket.close();
  await sent;
  const sorted = took.toSorted((a, b) => a - b).map(Math.round);
  const machine = { node: process.version, kernel: release(), cpu: cpus()[0]?.model, cores: cpus().length };
  const row = {
    time: new Date().toISOString(),
    ...machine,
    load: loadavg()[0],
    rate,
    medianMs: sorted[PROBES / 2],
    longestMs: sorted.at(-1),
  };
  console.log(JSON.stringify(row));
  appendFileSync(join(here, "../results/fresh.ndjson"), `${JSON.stringify(row)}\n`);
  if (row.longestMs >= BAR_MS) {
    console.log(`failed: a flow was in an answer after ${row.longestMs} ms`);
    process.exitCode = 1;
  }
} finally {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  }
  rmSync(work, { recursive: true, force: true });
}
