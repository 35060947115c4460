// Makes what upgrade.test.ts opens: a data directory written by the built commands of another checkout, and what those
// commands answer from it.
// Usage: node tests/cli/upgrade/make-data.mjs CHECKOUT NAME [FOLDER]
// Writes NAME.tgz (the directory: stored flows, and blocks that wait in the spool) and NAME.json to a folder: by
// default that of this file.
import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { QUESTIONS } from "./questions.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const [checkout, name, output = HERE] = process.argv.slice(2);
if (!checkout || !name) {
  process.stderr.write("usage: make-data.mjs CHECKOUT NAME [FOLDER]\n");
  process.exit(64);
}
const TODAY = fileURLToPath(new URL("../../../apps/ngflow/bin/ngflow.js", import.meta.url));
const OLD = join(resolve(checkout), "apps/ngflow/bin/ngflow.js");
const WAIT_MS = 60_000;

/** Exporters that were heard while a store took their flows, and one that was not. Times are those of the run. */
const STORED = [
  ["--format", "v9", "--count", "1500", "--seed", "1", "--exporters", "2", "--sampling", "100"],
  ["--format", "v5", "--count", "500", "--seed", "2"],
  ["--format", "ipfix", "--count", "1000", "--seed", "3", "--ipv6", "60"],
];
const WAITING = [["--format", "v9", "--count", "600", "--seed", "4"]];

async function freePort() {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

/** Starts a daemon of the checkout; `said` is what it printed. */
async function start(text, ...words) {
  const child = spawn(process.execPath, [OLD, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const daemon = { child, said: "" };
  child.stdout.on("data", (chunk) => (daemon.said += chunk));
  await until(() => daemon.said.includes(text));
  return daemon;
}

async function stop({ child }) {
  child.kill("SIGTERM");
  await once(child, "close");
}

async function until(holds) {
  for (const endMs = Date.now() + WAIT_MS; !(await holds()); await sleep(100)) {
    if (Date.now() > endMs) throw new Error("it takes too long");
  }
}

const storeRows = ({ hops }) => hops.find(({ hop }) => hop === "store").counters.rowsTotal;
const ask = async (url, path) => (await fetch(`${url}${path}`)).json();

/** Sends the exporters' flows; returns their number. */
function send(port, exporters) {
  let records = 0;
  for (const words of exporters) {
    const args = [TODAY, "generate", "--to", `udp://127.0.0.1:${port}`, "--rate", "2000", "--json", ...words];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    records += JSON.parse(stdout).records;
  }
  return records;
}

const children = [];
const folder = mkdtempSync(join(tmpdir(), "ngflow-upgrade-"));
try {
  const data = join(folder, "data");
  const port = await freePort();
  const collect = await start("listening  ", "collect", "--data", data, "--listen", `127.0.0.1:${port}`);
  const serveWords = ["serve", "--data", data, "--http", "127.0.0.1:0", "--control", join(folder, "none.sock")];
  const fromMs = Date.now();
  const serving = async () => {
    const daemon = await start("console  ", ...serveWords);
    const url = /console {2}(http:\S+)/.exec(daemon.said)[1];
    return { daemon, rows: async () => storeRows(await ask(url, "/api/v1/pipeline")), url };
  };

  const first = await serving();
  const stored = send(port, STORED);
  await until(async () => (await first.rows()) === stored);
  await stop(first.daemon);
  const waiting = send(port, WAITING);
  await stop(collect);
  const made = spawnSync("tar", ["-C", folder, "--owner=0", "--group=0", "-czf", join(output, `${name}.tgz`), "data"]);
  if (made.status !== 0) throw new Error(String(made.stderr));

  const second = await serving();
  await until(async () => (await second.rows()) === stored + waiting);
  // Flows begin before they are exported; the range is of whole minutes.
  const minute = (ms) => new Date(Math.floor(ms / 60_000) * 60_000).toISOString();
  const range = { from: minute(fromMs - 3_600_000), to: minute(Date.now() + 120_000) };
  const answers = {};
  for (const question of QUESTIONS) {
    const answer = await ask(second.url, `${question}&${new URLSearchParams(range)}`);
    if (!Array.isArray(answer.rows)) throw new Error(`${question}: ${JSON.stringify(answer)}`);
    answers[question] = answer.rows;
  }
  await stop(second.daemon);
  writeFileSync(join(output, `${name}.json`), `${JSON.stringify({ stored, waiting, ...range, answers })}\n`);
} finally {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
