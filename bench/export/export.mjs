// npm run bench:export: `ngflow export -r`, softflowd, nfpcapd and pmacctd on the same capture files, whole processes,
// start included, wall clock, order alternated, medians. The collector stands still while an exporter is timed, as if
// it were another machine: datagrams wait in its socket. (As another user than root they cannot, so it runs along, and
// the report says so.) An exporter whose packet and byte sums differ from those of the trace is left out for that
// trace, and its sums are shown: nothing is timed before the sums agree. Where an exporter is known to count otherwise,
// its sums have to be exactly those. Exits with 1 if ngflow is not faster by the factors below.
//
//   npm run bench:export -- [--seed N] [--exporters NAME,...] [--rounds N] [TRACE ...]
//
// A trace with softflowd and nfpcapd takes about two minutes: `--exporters ngflow,softflowd,nfpcapd mixed`.
//
// Seed 0 is the traces of the recorded results, another N makes others of the same kinds.
import { fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { TRACES } from "./flows.mjs";
import { makeTrace } from "./trace.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const work = process.env.NGFLOW_BENCH_DIR ?? join(tmpdir(), "ngflow-bench");
/**
 * By what factor ngflow, with one thread or with `--workers auto`, has to be faster than another exporter, by trace,
 * whatever its seed.
 */
const MANY_FLOWS = { softflowd: 15, nfpcapd: 10 };
const FEW_FLOWS = { softflowd: 4, nfpcapd: 4 };
const GOALS = { "many-flow": MANY_FLOWS, mixed: MANY_FLOWS, "few-flow": FEW_FLOWS, "64-byte": FEW_FLOWS };
const IPV4_HEADER = 20;
/**
 * Of every exporter. The rest of a shell's environment may cost a program time that has nothing to do with its work:
 * with `NODE_EXTRA_CA_CERTS`, Node.js reads a file of certificates before it begins, 40 ms.
 */
const ENVIRONMENT = { PATH: process.env.PATH, HOME: process.env.HOME };
const ACTIVE = 1800;
const INACTIVE = 15;
const CACHE = 2_097_152;
/** No run takes longer. */
const RUN_SECONDS_MAX = 300;

/** The command of ngflow, without Node.js. */
function ngflow(file, port) {
  return [
    join(root, "apps/ngflow/bin/ngflow.js"),
    ...["export", "-r", file, "--to", `udp://127.0.0.1:${port}`, "--format", "v9"],
    ...["--active", `${ACTIVE}`, "--inactive", `${INACTIVE}`, "--max-flows", `${CACHE}`],
  ];
}

/**
 * The exporters: the programs each needs, how to run it, where its sums are afterwards, and how it counts if not by
 * packets as they are (`counts`: the sums it has then, and why). One that writes files sends the collector nothing.
 */
const EXPORTERS = {
  ngflow: {
    programs: [],
    command: (file, port) => [process.execPath, ngflow(file, port)],
    sums: (sink) => sink(),
  },
  "ngflow --workers auto": {
    programs: [],
    command: (file, port) => [process.execPath, [...ngflow(file, port), "--workers", "auto"]],
    sums: (sink) => sink(),
  },
  softflowd: {
    programs: ["softflowd"],
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
    programs: ["nfpcapd", "nfdump"],
    writesFiles: true,
    // As tests/support/dialects.ts has it, packet by packet.
    counts: ({ packets, bytes, laterFragments4 }) => ({
      packets: packets - laterFragments4,
      bytes: bytes - IPV4_HEADER * laterFragments4,
      why: `it puts the fragments of IPv4 datagrams together: ${laterFragments4} packets and their headers less`,
    }),
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
  pmacctd: {
    programs: ["pmacctd"],
    before: (file, port) =>
      writeFileSync(
        join(work, "pmacctd.conf"),
        [
          ...["daemonize: false", `pcap_savefile: ${file}`, "plugins: nfprobe", "plugin_buffer_size: 1024000"],
          ...["plugin_pipe_size: 2000000000", "aggregate: src_host,dst_host,src_port,dst_port,proto,tos,tcpflags"],
          ...[`nfprobe_receiver: 127.0.0.1:${port}`, "nfprobe_version: 9", `nfprobe_maxflows: ${CACHE}`],
          `nfprobe_timeouts: tcp=${INACTIVE}:tcp.rst=${INACTIVE}:tcp.fin=${INACTIVE}:udp=${INACTIVE}:general=${INACTIVE}:maxlife=${ACTIVE}`,
        ].join("\n"),
      ),
    command: () => ["pmacctd", ["-f", join(work, "pmacctd.conf")]],
    sums: (sink) => sink(),
  },
};

/** The runs of ngflow. */
const OURS = ["ngflow", "ngflow --workers auto"];

function installed(program) {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** The exporter that is running. It is killed when this process gets a signal. */
let running;
/** The collector, which may be stopped then. */
let collector;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    running?.kill();
    collector?.kill("SIGKILL");
    process.exit(1);
  });
}

/** Seconds of processor time of the children that have ended. */
function childrenCpuSeconds() {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** Runs an exporter to its end. Returns wall and processor seconds and the peak of its resident memory in MiB. */
async function run(exporter, file, port) {
  exporter.before?.(file, port);
  const cpuBefore = childrenCpuSeconds();
  const [program, args] = exporter.command(file, port);
  const start = performance.now();
  const child = spawn(program, args, { stdio: "ignore", env: ENVIRONMENT });
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
  const limit = setTimeout(() => child.kill("SIGKILL"), RUN_SECONDS_MAX * 1000);
  const [code] = await once(child, "exit");
  const seconds = (performance.now() - start) / 1000;
  clearTimeout(limit);
  clearInterval(watch);
  if (code !== 0) throw new Error(`${program} ended with status ${code}`);
  return { seconds, peak, cpu: childrenCpuSeconds() - cpuBefore };
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The arguments: traces, and the number of the seed. */
function readArguments() {
  const options = { seed: { type: "string" }, exporters: { type: "string" }, rounds: { type: "string" } };
  const { values, positionals: chosen } = parseArgs({ options, allowPositionals: true });
  const seed = Number(values.seed ?? 0);
  const rounds = Number(values.rounds ?? 3);
  const unknown = chosen.find((name) => !(name in TRACES));
  if (!Number.isInteger(seed) || seed < 0) throw new Error(`--seed ${values.seed}: give a whole number`);
  if (unknown !== undefined) throw new Error(`${unknown}: the traces are ${Object.keys(TRACES).join(", ")}`);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds ${values.rounds}: give a whole number above 0`);
  const exporters = values.exporters?.split(",") ?? Object.keys(EXPORTERS);
  const foreign = exporters.find((name) => !(name in EXPORTERS));
  if (foreign !== undefined)
    throw new Error(`--exporters: ${foreign} is not one of ${Object.keys(EXPORTERS).join(", ")}`);
  if (!exporters.includes("ngflow")) throw new Error("--exporters: ngflow has to be among them");
  return { chosen, exporters, rounds, seed, seedNote: seed === 0 ? "" : `, seed ${seed}` };
}

async function main() {
  const { chosen, exporters, rounds, seed, seedNote } = readArguments();
  const names = exporters.filter((name) => {
    const missing = EXPORTERS[name].programs.filter((program) => !installed(program));
    if (missing.length > 0) console.log(`skipped: ${name}, because ${missing.join(", ")} is not installed`);
    return missing.length === 0;
  });
  const child = fork(join(here, "sink.mjs"));
  collector = child;
  const [{ port, holds }] = await once(child, "message");
  const sink = async () => {
    child.send("totals");
    return (await once(child, "message"))[0];
  };
  const machine = { cpu: cpus()[0].model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
  const report = {
    date: new Date().toISOString(),
    machine,
    node: process.version,
    rounds,
    seed,
    sink: holds ? "stopped" : "running",
    traces: {},
  };
  console.log(`${machine.cpu}, ${machine.cores} cores, node ${process.version}, medians of ${rounds}`);

  const short = [];
  for (const traceName of chosen.length > 0 ? chosen : Object.keys(TRACES)) {
    const trace = makeTrace(traceName, work, TRACES[traceName], seed);
    console.log(`\n${traceName}${seedNote}: ${trace.packets} packets, ${trace.bytes} bytes`);
    const agreeing = [];
    const agreed = new Map();
    for (const name of names) {
      await run(EXPORTERS[name], trace.path, port);
      const sums = await EXPORTERS[name].sums(sink);
      agreed.set(name, sums);
      const said = `${sums.packets} packets, ${sums.bytes} bytes`;
      const counts = EXPORTERS[name].counts?.(trace);
      if (sums.packets === trace.packets && sums.bytes === trace.bytes) {
        console.log(`  ${name}: sums agree (${sums.records} records)`);
        agreeing.push(name);
      } else if (counts !== undefined && sums.packets === counts.packets && sums.bytes === counts.bytes) {
        console.log(`  ${name}: sums agree (${sums.records} records), but ${counts.why}`);
        agreeing.push(name);
      } else if (OURS.includes(name))
        throw new Error(`${name} exported ${said}, which differs from the trace; nothing is timed`);
      else console.log(`  ${name}: exported ${said}, which differs from the trace; it is not timed`);
    }
    const runs = Object.fromEntries(agreeing.map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const name of round % 2 === 0 ? agreeing : agreeing.toReversed()) {
        if (holds) child.kill("SIGSTOP");
        try {
          runs[name].push(await run(EXPORTERS[name], trace.path, port));
        } finally {
          child.kill("SIGCONT");
        }
        const { packets, bytes } = await sink();
        const whole = agreed.get(name);
        if (!EXPORTERS[name].writesFiles && (packets !== whole.packets || bytes !== whole.bytes))
          throw new Error(`${name}: a timed run exported ${packets} packets, ${bytes} bytes; the first did not`);
      }
    }
    const seconds = (name) => median(runs[name].map((each) => each.seconds));
    const best = Math.min(...OURS.filter((name) => agreeing.includes(name)).map(seconds));
    report.traces[traceName] = {};
    for (const name of agreeing) {
      const s = seconds(name);
      const row = {
        seconds: Number(s.toFixed(3)),
        mpps: Number((trace.packets / s / 1e6).toFixed(3)),
        cpuSeconds: Number(median(runs[name].map((each) => each.cpu)).toFixed(2)),
        peakMiB: Math.round(median(runs[name].map((each) => each.peak))),
        oursIsFaster: Number((s / seconds("ngflow")).toFixed(2)),
        bestIsFaster: Number((s / best).toFixed(2)),
      };
      report.traces[traceName][name] = row;
      const goal = GOALS[traceName]?.[name] ?? 0;
      if (row.bestIsFaster < goal) short.push(`${traceName}: ${row.bestIsFaster}x ${name}, not ${goal}x`);
      console.log(
        `  ${name.padEnd(21)} ${row.seconds.toFixed(3).padStart(8)} s ${row.mpps.toFixed(2).padStart(7)} Mpps ` +
          `${row.cpuSeconds.toFixed(2).padStart(7)} s CPU ${String(row.peakMiB).padStart(5)} MiB   ngflow is ${row.oursIsFaster.toFixed(2)}x as fast, its faster run ${row.bestIsFaster.toFixed(2)}x`,
      );
    }
  }
  child.disconnect();
  const results = join(root, "bench", "results");
  mkdirSync(results, { recursive: true });
  appendFileSync(join(results, "export.ndjson"), `${JSON.stringify(report)}\n`);
  console.log("\nappended to bench/results/export.ndjson");
  for (const each of short) console.log(`failed: ${each}`);
  process.exitCode = short.length === 0 ? 0 : 1;
}

await main();
