// npm run bench:export: `ngflow export -r`, softflowd and nfpcapd on the same capture files, whole processes, start included, wall
// clock, order alternated, medians. Nothing is timed before the packet and byte sums of all of them equal the trace's.
import { fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeTrace, TRACES } from "./trace.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const work = process.env.NGFLOW_BENCH_DIR ?? join(tmpdir(), "ngflow-bench");
const ROUNDS = Number(process.env.NGFLOW_BENCH_ROUNDS ?? 3);
const ACTIVE = 1800;
const INACTIVE = 15;
const CACHE = 2_097_152;

/** The exporters: how to run each, and where its sums are to be found afterwards. */
const EXPORTERS = {
  ngflow: {
    command: (file, port) => [
      process.execPath,
      [
        join(root, "apps/ngflow/bin/ngflow.js"),
        ...["export", "-r", file, "--to", `udp://127.0.0.1:${port}`, "--format", "v9"],
        ...["--active", `${ACTIVE}`, "--inactive", `${INACTIVE}`, "--max-flows", `${CACHE}`],
      ],
    ],
    sums: (sink) => sink(),
  },
  softflowd: {
    command: (file, port) => [
      "softflowd",
      [
        ...["-r", file, "-d", "-n", `127.0.0.1:${port}`, "-v", "9", "-m", `${CACHE}`, "-c", "none"],
        ...["-p", join(work, "softflowd.pid"), "-t", `maxlife=${ACTIVE}`],
        ...["tcp", "udp", "icmp", "general", "tcp.fin", "tcp.rst"].flatMap((name) => ["-t", `${name}=${INACTIVE}`]),
      ],
    ],
    sums: (sink) => sink(),
  },
  nfpcapd: {
    needs: ["nfdump"],
    before: () => {
      rmSync(join(work, "nfpcapd"), { recursive: true, force: true });
      mkdirSync(join(work, "nfpcapd"), { recursive: true });
    },
    command: (file) => [
      "nfpcapd",
      ["-r", file, "-w", join(work, "nfpcapd"), "-e", `${ACTIVE},${INACTIVE}`, "-B", `${CACHE}`],
    ],
    sums: async () => {
      const { stdout } = spawnSync("nfdump", ["-R", join(work, "nfpcapd"), "-I"], { encoding: "utf8" });
      const field = (name) => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(stdout)?.[1]);
      return { records: field("Flows"), packets: field("Packets"), bytes: field("Bytes") };
    },
  },
};

function installed(program) {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** The exporter that is running: it goes when this process is told to. */
let running;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    running?.kill();
    process.exit(1);
  });
}

/** Runs an exporter to its end. Returns wall seconds and the peak of its resident memory in MiB. */
async function run(exporter, file, port) {
  exporter.before?.();
  const [program, args] = exporter.command(file, port);
  const start = performance.now();
  const child = spawn(program, args, { stdio: "ignore" });
  running = child;
  let peak = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has ended.
    }
  }, 50);
  const [code] = await once(child, "exit");
  const seconds = (performance.now() - start) / 1000;
  clearInterval(watch);
  if (code !== 0) throw new Error(`${program} ended with status ${code}`);
  return { seconds, peak };
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

async function main() {
  const names = Object.keys(EXPORTERS).filter((name) => {
    const missing = [...(name === "ngflow" ? [] : [name]), ...(EXPORTERS[name].needs ?? [])].filter(
      (p) => !installed(p),
    );
    if (missing.length > 0) console.log(`skipped: ${name}, because ${missing.join(", ")} is not installed`);
    return missing.length === 0;
  });
  const child = fork(join(here, "sink.mjs"));
  const [{ port }] = await once(child, "message");
  const sink = async () => {
    child.send("totals");
    return (await once(child, "message"))[0];
  };
  const machine = { cpu: cpus()[0].model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
  const report = { date: new Date().toISOString(), machine, node: process.version, rounds: ROUNDS, traces: {} };
  console.log(`${machine.cpu}, ${machine.cores} cores, node ${process.version}, medians of ${ROUNDS}`);

  for (const traceName of Object.keys(TRACES)) {
    const trace = makeTrace(traceName, work);
    console.log(`\n${traceName}: ${trace.packets} packets, ${trace.bytes} bytes`);
    for (const name of names) {
      await run(EXPORTERS[name], trace.path, port);
      const sums = await EXPORTERS[name].sums(sink);
      if (sums.packets !== trace.packets || sums.bytes !== trace.bytes) {
        throw new Error(
          `${name}: exported ${sums.packets} packets, ${sums.bytes} bytes: not the trace's; nothing is timed`,
        );
      }
      console.log(`  ${name}: sums agree (${sums.records} records)`);
    }
    const runs = Object.fromEntries(names.map((name) => [name, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of round % 2 === 0 ? names : [...names].reverse()) {
        runs[name].push(await run(EXPORTERS[name], trace.path, port));
        await sink();
      }
    }
    const seconds = (name) => median(runs[name].map((each) => each.seconds));
    report.traces[traceName] = {};
    for (const name of names) {
      const s = seconds(name);
      const row = {
        seconds: Number(s.toFixed(3)),
        mpps: Number((trace.packets / s / 1e6).toFixed(3)),
        peakMiB: Math.round(median(runs[name].map((each) => each.peak))),
        oursIsFaster: Number((s / seconds("ngflow")).toFixed(2)),
      };
      report.traces[traceName][name] = row;
      console.log(
        `  ${name.padEnd(10)} ${row.seconds.toFixed(3).padStart(8)} s ${row.mpps.toFixed(2).padStart(7)} Mpps ` +
          `${String(row.peakMiB).padStart(5)} MiB   ngflow is ${row.oursIsFaster.toFixed(2)}x as fast`,
      );
    }
  }
  child.disconnect();
  const results = join(root, "bench", "results");
  mkdirSync(results, { recursive: true });
  appendFileSync(join(results, "export.ndjson"), `${JSON.stringify(report)}\n`);
  console.log("\nappended to bench/results/export.ndjson");
}

await main();
