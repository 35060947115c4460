// npm run soak [-- --minutes N]: ten minutes of load that match an hour of normal use. The daemons of `ngflow up` run
// in a network namespace: the graph meters traffic from another one, the collector takes its flows, the store keeps
// them.
// The graph is rewired six times a second while clients connect, send requests and disconnect in the middle of a
// message. The console is asked four times a second, and a client reads its event stream. At the end no daemon's memory
// has grown, no descriptor has leaked, and every packet is accounted for, from the wire to the store. The last line is
// `N passed, N failed, N skipped`.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connectControl } from "../apps/ngflow/dist/control/client.js";
import { annoy } from "./soak/clients.mjs";
import { Daemon } from "./soak/daemon.mjs";
import { rewire, wire } from "./soak/rewire.mjs";
import { absent, Traffic, World } from "./soak/world.mjs";
import { conservation, descriptors, flat, flatHeap } from "./soak/verdicts.mjs";

/** Memory may grow by so much from the second quarter of the time to the last. */
// The collector is small: what its heap takes between two collections of garbage is much of it.
const FLAT = { graph: 0.05, collect: 0.3, serve: 0.1 };
/** What is left of a heap after a collection may grow by so much from the middle of the time to the end. */
const FLAT_HEAP = 0.05;
/** Descriptors of which there may be more at the end: those of files of the store, whose number changes. */
const SPARE = { graph: 0, collect: 0, serve: 4 };
/** After so long what has begun or ended is quiet. */
const SETTLE_MS = 3000;
/** How long the store may take for what waits at the end. */
const STORE_MS = 60_000;
/** Rewirings a second: an hour of one a second in ten minutes. */
const REWIRINGS = 6;
const SAMPLE_MS = 1000;

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  process.stderr.write("soak: --minutes needs a number above 0\n");
  process.exit(64);
}
const missing = absent();
if (missing !== undefined) {
  process.stdout.write(`soak: skipped: ${missing}\n0 passed, 0 failed, 1 skipped\n`);
  process.exit(0);
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let passed = 0;
let failed = 0;
function verdict(what, { ok, detail }) {
  if (ok) passed++;
  else failed++;
  process.stdout.write(`${ok ? "ok    " : "FAILED"} ${what}: ${detail}\n`);
}

/** What is in the store when it has all rows that the collector acknowledged: rows, and their packets. */
async function storedBy(world, url, acknowledged) {
  for (const endMs = Date.now() + STORE_MS; Date.now() < endMs; await sleep(500)) {
    if (world.get(`${url}/api/v1/pipeline`).rowsStored >= acknowledged) break;
  }
  const total = (metric) => Number(world.get(`${url}/api/v1/query?metric=${metric}&last=2h`).rows[0]?.[metric] ?? 0);
  return { rows: total("flows"), packets: total("packets") };
}

const work = mkdtempSync(join(tmpdir(), "ngflow-soak-"));
// Daemons that change to a user of their own have to enter it.
chmodSync(work, 0o755);
const endings = [() => rmSync(work, { recursive: true, force: true })];
/** Ends what was started, the last first; once. */
async function endAll() {
  for (const end of endings.splice(0).reverse()) await end();
}
for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
]) {
  process.once(signal, async () => {
    process.stderr.write(`soak: ended by ${signal}\n`);
    await endAll();
    process.exit(status);
  });
}
try {
  const world = new World(work);
  endings.push(() => world.remove());
  const start = async (...words) => {
    const daemon = await Daemon.start(world, ...words);
    endings.push(() => daemon.kill());
    return daemon;
  };
  const control = join(work, "control.sock");
  const data = ["--data", join(work, "data")];
  const collect = await start("collect", [...data, "--listen", "127.0.0.1:0"]);
  const [port] = collect.ready.ports;
  const serve = await start("serve", [...data, "--http", "127.0.0.1:0", "--control", control], "console  ");
  const url = /console {2}(\S+)/.exec(serve.ready)[1];
  const graph = await start("graph", ["--control", control]);
  const daemons = [graph, collect, serve];
  const client = await connectControl(control);
  await wire(client, port);
  // The console connects to the others when it is asked.
  world.get(`${url}/api/v1/pipeline`);
  await sleep(SETTLE_MS);

  const traffic = ["eth0", "eth1"].map((device) => new Traffic(world, device, minutes * 60));
  endings.push(() => traffic.forEach((each) => each.stop()));
  const guests = annoy(control);
  endings.push(() => guests.stop());
  const callers = world.callers(url);
  endings.push(() => callers.stop());
  const samples = daemons.map(() => []);
  let rewirings = 0;
  const startedMs = Date.now();
  const endMs = startedMs + minutes * 60_000;
  let sampledMs = 0;
  while (Date.now() < endMs) {
    const stepMs = Date.now();
    await rewire(client, port, rewirings++);
    if (stepMs - sampledMs >= SAMPLE_MS) {
      sampledMs = stepMs;
      const atMs = stepMs - startedMs;
      daemons.forEach((daemon, i) =>
        samples[i].push({ atMs, bytes: daemon.memoryBytes(), descriptors: daemon.descriptors() }),
      );
    }
    await sleep(Math.max(0, stepMs + 1000 / REWIRINGS - Date.now()));
  }
  const sent = await Promise.all(traffic.map((each) => each.ended()));
  const [visits, called] = await Promise.all([guests.stop(), callers.stop()]);
  if (called === undefined) throw new Error("the callers of the console did not end");
  // What is in the rings is delivered, and the last clients' nodes are gone.
  await sleep(SETTLE_MS);
  const atEnd = await client.snapshot();
  await client.close();
  const ended = { graph: await graph.stop(), collect: await collect.stop() };
  const stored = await storedBy(world, url, ended.collect.final.spool.counters.rowsAcknowledged);
  ended.serve = await serve.disconnect();

  process.stdout.write(
    `${minutes} minutes: ${rewirings} rewirings, ${visits.connections} clients of which ${visits.cut} cut off, ` +
      `${sent[0]} and ${sent[1]} packets sent, ${stored.rows} rows stored\n` +
      `console: ${called.answered} answers, the slowest after ${called.worstMs} ms, ${called.abandoned} abandoned, ` +
      `${called.events} events\n`,
  );
  verdict("every client that asked was answered", { ok: visits.faults === 0, detail: `${visits.faults} were not` });
  verdict("every caller of the console was answered", { ok: called.faults === 0, detail: `${called.faults} were not` });
  daemons.forEach(({ verb }, i) => {
    verdict(`memory of ${verb} does not grow`, flat(samples[i], minutes * 60_000, FLAT[verb]));
    // The store's daemon has the state of the collector's sessions.
    const sessions = verb === "graph" ? 0 : ended.collect.final.collector.counters.sessions;
    verdict(`the heap of ${verb} does not grow`, flatHeap(daemons[i].heapsMib(), FLAT_HEAP, sessions));
    verdict(`no descriptor of ${verb} has leaked`, descriptors(samples[i], minutes * 60_000, SPARE[verb]));
  });
  for (const [what, result] of conservation({ sent, atEnd, ended, stored })) verdict(what, result);
  for (const [verb, { status, stderr }] of Object.entries(ended)) {
    verdict(`${verb} logs no warning and exits with 0`, {
      ok: status === 0 && stderr === "",
      detail: `exit code ${status} ${stderr.slice(0, 500)}`,
    });
  }
} catch (error) {
  verdict("the run", { ok: false, detail: error.stack });
} finally {
  await endAll();
}
process.stdout.write(`${passed} passed, ${failed} failed, 0 skipped\n`);
process.exitCode = failed > 0 ? 1 : 0;
