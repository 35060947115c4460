// Runs on the empty machine: starts a command of ngflow, waits until its console answers with flows, and ends it.
// Usage: node probe.mjs FOLDER COMMAND...
// Prints one line of JSON: seconds until the command named its console, and until the console answered; rows, and the
// output of the command.
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

const READY_MS = 600_000;
const ANSWER_MS = 120_000;
const QUESTION = "/api/v1/query?by=SrcAddr&metric=bytes&last=1d&top=3";

const [folder, ...command] = process.argv.slice(2);
const startedMs = Date.now();
const seconds = () => Number(((Date.now() - startedMs) / 1000).toFixed(1));

let output = "";
const child = spawn("/bin/sh", ["-c", command.join(" ")], { cwd: folder, detached: true });
child.stdout.on("data", (chunk) => (output += chunk));
child.stderr.on("data", (chunk) => (output += chunk));
const ended = new Promise((resolve) => child.once("close", resolve));
let running = true;
void ended.then(() => (running = false));

async function until(timeoutMs, look) {
  for (const endMs = Date.now() + timeoutMs; running && Date.now() < endMs; await sleep(100)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  return undefined;
}

async function rows(url) {
  const answer = await fetch(`${url}${QUESTION}`).catch(() => undefined);
  if (answer?.ok !== true) return undefined;
  const found = (await answer.json()).rows;
  return found.length > 0 ? found : undefined;
}

const url = await until(READY_MS, () => /console\s+(http:\/\/[\w.:]+)/.exec(output)?.[1]);
const readySeconds = seconds();
const page = url === undefined ? undefined : await (await fetch(url)).text();
const found = url === undefined ? undefined : await until(ANSWER_MS, () => rows(url));
const answerSeconds = seconds();
// The whole group: npm does not pass a signal on to what it started in every version.
if (running) process.kill(-child.pid, "SIGINT");
await Promise.race([ended, sleep(20_000)]);
if (running) process.kill(-child.pid, "SIGKILL");
const ok = page?.includes("<title>ngflow") === true && found !== undefined;
process.stdout.write(`${JSON.stringify({ ok, readySeconds, answerSeconds, rows: found, output })}\n`);
process.exit(ok ? 0 : 1);
