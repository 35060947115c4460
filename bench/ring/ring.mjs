// npm run bench:ring: packets sent over a virtual cable as fast as tcpreplay and trafgen can, and how many ngflow,
// softflowd and nfpcapd account for: sent = accounted + reported as dropped + lost without a report. Needs root; takes
// about five minutes.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Cable, must } from "./cable.mjs";
import { writeCapture, writeTrafgen } from "./frames.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const ngflow = [process.execPath, join(root, "apps/ngflow/bin/ngflow.js")];
const RUNS = Number(process.env.NGFLOW_BENCH_ROUNDS ?? 3);
const PACKETS = Number(process.env.NGFLOW_BENCH_PACKETS ?? 2_000_000);
const CAPTURE_FRAMES = 100_000;
const CAPTURE_FLOWS = 20_000;
const TRAFGEN_FRAMES = 4_000;
/** Memory that every exporter's capture gets. */
const RING_MIB = 32;

const work = mkdtempSync(join(tmpdir(), "ngflow-bench-ring-"));
const cable = new Cable();
const children = [];

function start(name, words, options = {}) {
  const [program, ...args] = [...cable.in(name), ...words];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  child.said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (child.said += chunk));
  children.push(child);
  return child;
}

/** Seconds of processor time of a process and its threads. */
function cpuSeconds(child) {
  const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function end(child, signal) {
  const exited = child.exitCode === null ? once(child, "exit") : undefined;
  child.kill(signal);
  await exited;
}

/** The collector of the exporters that send. */
async function startSink() {
  const child = start(cable.receiver, [process.execPath, join(root, "bench/export/sink.mjs")], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [{ port }] = await once(child, "message");
  const totals = async () => {
    child.send("totals");
    return (await once(child, "message"))[0];
  };
  return { port, totals };
}

/** `ngflow export -i`, whose last line has all counters. */
function exporter(workers) {
  return {
    rings: workers,
    start: ({ port }) =>
      start(cable.receiver, [
        ...[...ngflow, "export", "-i", "eth0", "--to", `udp://127.0.0.1:${port}`, "--stats", "json"],
        ...["--ring", `${RING_MIB}`, "--workers", `${workers}`],
      ]),
    async finish(child) {
      await end(child, "SIGINT");
      const { packets, skipped } = JSON.parse(child.said);
      const { kernelDrops, ...notMetered } = skipped;
      return { accounted: Object.values(notMetered).reduce((a, b) => a + b, packets), dropped: kernelDrops };
    },
  };
}

const EXPORTERS = {
  "ngflow export": exporter(1),
  "ngflow export, 2 workers": exporter(2),
  // The article's graph. When it ends, the daemon sends its counters to the process that started it.
  "ngflow graph": {
    rings: 1,
    start({ port }) {
      const script = join(work, "graph.ngctl");
      const lines = [
        "mkpeer eth0: netflow lower iface0",
        "name eth0:lower netflow",
        "connect eth0: netflow: upper out0",
        "mkpeer netflow: ksocket export9 inet/dgram/udp",
        `msg netflow:export9 connect inet/127.0.0.1:${port}`,
      ];
      writeFileSync(script, `${lines.join("\n")}\n`);
      const words = [...ngflow, "graph", "--interface", "eth0", "--control", join(work, "control.sock"), "-f", script];
      return start(cable.receiver, words, { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    },
    async finish(child) {
      const last = new Promise((resolve) => child.on("message", ({ final }) => final && resolve(final)));
      child.send("stop");
      const { nodes, ended } = await last;
      await once(child, "exit");
      const ether = nodes.find(({ name }) => name === "eth0").counters;
      const { packetsAccounted, packetsSkipped } = ended.netflow;
      return { accounted: packetsAccounted + packetsSkipped, dropped: ether.packetsDropped };
    },
  },
  softflowd: {
    needs: ["softflowd", "softflowctl"],
    rings: 1,
    start: ({ port }) =>
      start(cable.receiver, [
        ...["softflowd", "-i", "eth0", "-d", "-n", `127.0.0.1:${port}`, "-v", "9", "-m", "2097152"],
        ...["-B", `${RING_MIB << 20}`, "-p", join(work, "softflowd.pid"), "-c", join(work, "softflowd.ctl")],
      ]),
    async finish(child, sink) {
      const ctl = (word) => must([...cable.in(cable.receiver), "softflowctl", "-c", join(work, "softflowd.ctl"), word]);
      const dropped = Number(/dropped by libpcap: (\d+)/.exec(ctl("statistics"))?.[1] ?? Number.NaN);
      ctl("shutdown");
      if (child.exitCode === null) await once(child, "exit");
      return { accounted: (await sink.totals()).packets, dropped };
    },
  },
  nfpcapd: {
    needs: ["nfpcapd", "nfdump"],
    rings: 1,
    start() {
      rmSync(join(work, "nfpcapd"), { recursive: true, force: true });
      mkdirSync(join(work, "nfpcapd"));
      const words = [
        "nfpcapd",
        "-i",
        "eth0",
        "-w",
        join(work, "nfpcapd"),
        "-e",
        "1800,15",
        "-B",
        "2097152",
        "-b",
        `${RING_MIB}`,
      ];
      return start(cable.receiver, words);
    },
    async finish(child) {
      await end(child, "SIGTERM");
      const { stdout } = spawnSync("nfdump", ["-R", join(work, "nfpcapd"), "-I"], { encoding: "utf8" });
      const drops = [...child.said.matchAll(/dropped by OS\/Buffer: (\d+)/g)].map(([, count]) => Number(count));
      return {
        accounted: Number(/^Packets: (\d+)$/m.exec(stdout)?.[1]),
        dropped: Math.max(0, ...drops),
        said: child.said,
      };
    },
  },
};

const GENERATORS = {
  "tcpreplay -t": {
    prepare: () => writeCapture(join(work, "frames.pcap"), CAPTURE_FRAMES, CAPTURE_FLOWS),
    words: () => [
      ...["tcpreplay", "-q", "-t", "-K", "--loop", `${Math.ceil(PACKETS / CAPTURE_FRAMES)}`],
      ...["-i", "eth0", join(work, "frames.pcap")],
    ],
  },
  trafgen: {
    prepare: () => writeTrafgen(join(work, "trafgen.cfg"), TRAFGEN_FRAMES, TRAFGEN_FRAMES),
    words: () => [
      "trafgen",
      "--dev",
      "eth0",
      "--conf",
      join(work, "trafgen.cfg"),
      "-n",
      `${PACKETS}`,
      "--cpus",
      "1",
      "-q",
    ],
  },
};

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function run(exporter, generator, sink) {
  const child = exporter.start(sink);
  const deadline = Date.now() + 20_000;
  while (cable.listeners() < exporter.rings) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`it did not start: ${child.said}`);
    await sleep(50);
  }
  await sleep(500);
  const before = cable.received();
  const begun = performance.now();
  const program = start(cable.sender, generator.words());
  const [status] = await once(program, "exit");
  const seconds = (performance.now() - begun) / 1000;
  if (status !== 0) throw new Error(`${generator.words()[0]}: ${program.said.trim().split("\n").at(-1)}`);
  await sleep(4000);
  const sent = cable.received() - before;
  const cpu = cpuSeconds(child);
  const { accounted, dropped } = await exporter.finish(child, sink);
  await sink.totals();
  return { sent, accounted, dropped, unseen: sent - accounted - dropped, kpps: sent / seconds / 1000, cpu };
}

const installed = (program) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

async function main() {
  const machine = {
    cpu: cpus()[0].model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
  };
  const report = {
    date: new Date().toISOString(),
    machine,
    node: process.version,
    load: loadavg()[0],
    runs: RUNS,
    ringMiB: RING_MIB,
    rows: [],
  };
  console.log(
    `${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, node ${process.version}, load ${report.load.toFixed(1)}`,
  );
  const sink = await startSink();
  for (const [generatorName, generator] of Object.entries(GENERATORS)) {
    if (!installed(generator.words()[0])) {
      console.log(`skipped: ${generatorName} is not installed`);
      continue;
    }
    generator.prepare();
    for (const [name, exporter] of Object.entries(EXPORTERS)) {
      const missing = (exporter.needs ?? []).filter((program) => !installed(program));
      if (missing.length > 0) {
        console.log(`skipped: ${name}, because ${missing.join(", ")} is not installed`);
        continue;
      }
      const runs = [];
      for (let n = 0; n < RUNS; n++) {
        const outcome = await run(exporter, generator, sink);
        runs.push(outcome);
        const { sent, accounted, dropped, unseen, kpps, cpu } = outcome;
        console.log(
          `${generatorName.padEnd(13)} ${name.padEnd(25)} ${kpps.toFixed(0).padStart(4)} kpps, sent ${sent}, ` +
            `accounted ${accounted}, dropped ${dropped}, unseen ${unseen}, ${cpu.toFixed(2)} s of CPU`,
        );
      }
      const all = (key) => runs.map((each) => each[key]);
      report.rows.push({
        generator: generatorName,
        exporter: name,
        kpps: Math.round(median(all("kpps"))),
        ...Object.fromEntries(["sent", "accounted", "dropped", "unseen"].map((key) => [key, all(key)])),
        cpuSeconds: Number(median(all("cpu")).toFixed(2)),
      });
    }
  }
  const results = join(root, "bench", "results");
  mkdirSync(results, { recursive: true });
  appendFileSync(join(results, "ring.ndjson"), `${JSON.stringify(report)}\n`);
  console.log("\nappended to bench/results/ring.ndjson");
}

function clean() {
  for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
  cable.remove();
  rmSync(work, { recursive: true, force: true });
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    clean();
    process.exit(1);
  });
}
try {
  await main();
} finally {
  clean();
}
