// npm run soak [-- --minutes N]: ten minutes of load that match an hour of normal use. `ngflow graph` in its own
// network namespace meters traffic from another. Its graph is rewired six times a second while clients connect, send
// requests and disconnect in the middle of a message. At the end memory has not grown, no descriptor has leaked, and
// every packet is accounted for. The last line is `N passed, N failed, N skipped`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connectControl } from "../apps/ngflow/dist/control/client.js";
import { annoy } from "./soak/clients.mjs";
import { Daemon } from "./soak/daemon.mjs";
import { rewire, wire } from "./soak/rewire.mjs";
import { absent, Traffic, World } from "./soak/world.mjs";
import { conservation, descriptors, flat } from "./soak/verdicts.mjs";

/** Memory may differ by so much between the second quarter of the time and the last. */
const FLAT = 0.05;
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

const work = mkdtempSync(join(tmpdir(), "ngflow-soak-"));
const endings = [() => rmSync(work, { recursive: true, force: true })];
try {
  const world = new World(work);
  endings.push(() => world.remove());
  const sink = await world.sink();
  endings.push(() => sink.stop());
  const daemon = await Daemon.start(world, join(work, "control.sock"));
  endings.push(() => daemon.kill());
  const client = await connectControl(daemon.control);
  await wire(client, sink.port);
  const before = { descriptors: daemon.descriptors() };

  const traffic = ["eth0", "eth1"].map((device) => new Traffic(world, device, minutes * 60));
  endings.push(() => traffic.forEach((each) => each.stop()));
  const guests = annoy(daemon.control);
  endings.push(() => guests.stop());
  const samples = [];
  let rewirings = 0;
  const startedMs = Date.now();
  const endMs = startedMs + minutes * 60_000;
  let sampledMs = 0;
  while (Date.now() < endMs) {
    const stepMs = Date.now();
    await rewire(client, sink.port, rewirings++);
    if (stepMs - sampledMs >= SAMPLE_MS) {
      sampledMs = stepMs;
      samples.push({ atMs: stepMs - startedMs, bytes: daemon.memoryBytes() });
    }
    await sleep(Math.max(0, stepMs + 1000 / REWIRINGS - Date.now()));
  }
  const sent = await Promise.all(traffic.map((each) => each.ended()));
  const visits = await guests.stop();
  // What is in the rings is delivered, and the last clients' nodes are gone.
  await sleep(2000);
  const atEnd = { descriptors: daemon.descriptors(), snapshot: await client.snapshot() };
  await client.close();
  const { status, stderr, final } = await daemon.stop();
  const exported = await sink.totals();

  process.stdout.write(
    `${minutes} minutes: ${rewirings} rewirings, ${visits.connections} clients of which ${visits.cut} cut off, ` +
      `${sent[0]} and ${sent[1]} packets sent\n`,
  );
  verdict("every client that asked was answered", { ok: visits.faults === 0, detail: `${visits.faults} were not` });
  verdict("memory does not grow", flat(samples, minutes * 60_000, FLAT));
  verdict("no descriptor has leaked", descriptors(before, atEnd));
  for (const [what, result] of conservation({ sent, atEnd: atEnd.snapshot, final, exported })) verdict(what, result);
  verdict("it logs no warning and exits with 0", {
    ok: status === 0 && stderr === "",
    detail: `exit code ${status} ${stderr.slice(0, 500)}`,
  });
} catch (error) {
  verdict("the run", { ok: false, detail: error.stack });
} finally {
  for (const end of endings.reverse()) await end();
}
process.stdout.write(`${passed} passed, ${failed} failed, 0 skipped\n`);
process.exitCode = failed > 0 ? 1 : 0;
