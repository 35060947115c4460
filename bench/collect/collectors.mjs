// The collectors of the benchmark: how each is started, and how what it kept is counted afterwards.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openNames } from "./names.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const ngflow = join(process.env.NGFLOW_BENCH_TREE ?? join(here, "..", ".."), "apps/ngflow/bin/ngflow.js");
const READY_MS = 60_000;
/** Longest time that a store may need after the last datagram. */
const STORE_MS = 300_000;
/** What `nfcapd` gets as receive buffer, as ngflow asks for. */
const BUFFER_BYTES = 32 * 2 ** 20;
const ROWS_IN_NAME = /^\d+-\d+-[0-9a-f]+-(\d+)-.*\.native$/;

/** Processes that run now. All are ended if the benchmark is. */
const children = new Set();
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

function start(program, args, isQuiet = false) {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", isQuiet ? "ignore" : "inherit"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${child.spawnfile} ended by itself`);
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

/** Datagrams that the kernel dropped at a UDP port; undefined while nothing listens there. */
export function kernelDrops(port) {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = ["udp", "udp6"].flatMap((table) => readFileSync(`/proc/net/${table}`, "utf8").split("\n"));
  const line = lines.map((text) => text.trim().split(/\s+/)).find((words) => words[1]?.endsWith(hex));
  return line === undefined ? undefined : Number(line.at(-1));
}

async function listening(port) {
  const endMs = performance.now() + READY_MS;
  while (kernelDrops(port) === undefined) {
    if (performance.now() > endMs) throw new Error(`nothing listens on UDP port ${port}`);
    await sleep(50);
  }
  await sleep(500);
}

/** Block files in the spool: rows and bytes of each. */
function blocksIn(directory) {
  const spool = join(directory, "spool");
  return readdirSync(spool).flatMap((name) => {
    const rows = ROWS_IN_NAME.exec(name)?.[1];
    if (rows === undefined) return [];
    // A store may have taken it meanwhile.
    const size = statSync(join(spool, name), { throwIfNoEntry: false })?.size;
    return size === undefined ? [] : [{ rows: Number(rows), bytes: size }];
  });
}

async function stored(directory) {
  const endMs = performance.now() + STORE_MS;
  while (blocksIn(directory).length > 0) {
    if (performance.now() > endMs) throw new Error("the store did not take what waited in the spool");
    await sleep(100);
  }
}

/** Rows of the benchmark's exporters in the store, and how many different ids they have. */
function countStored(directory) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(here, "count.mjs"), directory], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

async function runCollect(directory, port, more = []) {
  const child = start(process.execPath, [
    ...[ngflow, "collect", "--quiet", "--data", directory, "--listen", `127.0.0.1:${port}`, ...more],
  ]);
  await listening(port);
  return child;
}

/** A collector of nfdump, which appends to a file. */
function nfdumpCollector(program) {
  return {
    program,
    async start(directory, port) {
      mkdirSync(directory, { recursive: true });
      const buffer = ["-B", `${BUFFER_BYTES}`];
      const child = start(program, ["-w", directory, "-p", `${port}`, "-b", "127.0.0.1", ...buffer], true);
      await listening(port);
      return {
        pids: [child.pid],
        async stop() {
          await end(child);
          const { stdout } = spawnSync("nfdump", ["-R", directory, "-I"], { encoding: "utf8" });
          return { rows: Number(/^Flows: (\d+)$/m.exec(stdout)?.[1]) };
        },
      };
    },
  };
}

/** Files of names and their agent, from the first use to `endNames`. */
let names;

export async function endNames() {
  await (await names)?.end();
}

/** A collector without a store. */
async function collecting(directory, port, more) {
  const child = await runCollect(directory, port, more);
  return {
    pids: [child.pid],
    async stop() {
      await end(child);
      const blocks = blocksIn(directory);
      const sum = (key) => blocks.reduce((total, block) => total + block[key], 0);
      return { rows: sum("rows"), bytes: sum("bytes") };
    },
  };
}

/**
 * Every collector: `start` returns its processes and a function that stops it in order and returns the rows it has kept
 * and how many different records they are of, if that is known.
 */
export const COLLECTORS = {
  nfcapd: nfdumpCollector("nfcapd"),
  sfcapd: nfdumpCollector("sfcapd"),
  collect: { start: (directory, port) => collecting(directory, port, []) },
  /** Every name that is written when a flow is received: AS, networks, and classes of interfaces by SNMP and rules. */
  "collect + names": {
    async start(directory, port) {
      names ??= openNames(`${directory}-names`);
      const { args } = await names;
      return collecting(directory, port, args);
    },
  },
  "collect + serve": {
    async start(directory, port) {
      const collect = await runCollect(directory, port);
      const serve = start(process.execPath, [
        ...[ngflow, "serve", "--quiet", "--data", directory, "--http", "127.0.0.1:0"],
        ...["--control", join(directory, "control.sock")],
      ]);
      await sleep(3000);
      return {
        pids: [collect.pid, serve.pid],
        async stop() {
          await end(collect);
          await stored(directory);
          await end(serve);
          return countStored(directory);
        },
      };
    },
  },
  "up (demo)": {
    async start(directory, port) {
      const child = start(process.execPath, [
        ...[ngflow, "demo", "--quiet", "--data", directory, "--http", "127.0.0.1:0"],
        ...["--listen", `127.0.0.1:${port}`, "--control", join(directory, "control.sock")],
      ]);
      await listening(port);
      await sleep(3000);
      return {
        pids: [child.pid],
        async stop() {
          await stored(directory);
          await end(child);
          return countStored(directory);
        },
      };
    },
  },
};
