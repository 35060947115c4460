// Runs in the container as its user: starts what it starts, asks its health check until that is good, sends flows,
// ends it, starts it again.
// Usage: node probe-container.mjs HEALTHCHECK ENTRYPOINT..., each as JSON
// Prints one line of JSON: `ok`, seconds until it was healthy, flows stored after each start, and what was printed.
import { spawn, spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

const HEALTHY_MS = 120_000;
const STORED_MS = 60_000;
const FLOWS = 1000;

const [health, entry] = process.argv.slice(2).map((text) => JSON.parse(text));
const run = ([command, ...words]) => spawnSync(command, words, { encoding: "utf8" });
const problems = [];
const stored = [];
let output = "";
let healthySeconds;

async function until(timeoutMs, look) {
  for (const endMs = Date.now() + timeoutMs; Date.now() < endMs; await sleep(250)) if (await look()) return true;
  return false;
}

function count() {
  const { stdout } = run(["ngflow", "query", "--metric", "flows", "--by", "Proto", "--last", "1d", "--format", "json"]);
  try {
    return JSON.parse(stdout).rows.reduce((sum, { flows }) => sum + Number(flows), 0);
  } catch {
    return undefined;
  }
}

// Others could read without a password: it does not start before somebody may sign in.
const open = run(entry);
if (open.status === 0 || !/user add/.test(open.stderr)) problems.push(`without a user: ${open.stderr}${open.stdout}`);
const added = spawnSync(entry[0], ["user", "add", "anna"], { encoding: "utf8", input: "a long password of hers\n" });
if (added.status !== 0) problems.push(`user add: ${added.stderr}`);

const token = run(["ngflow", "token", "add", "probe"]).stdout.trim();

/** What answers where the console's page should be: `page`, a status, or why nothing does. */
const answerOf = (headers) =>
  fetch("http://127.0.0.1:8080/", { headers }).then(
    async (answer) => (answer.ok && (await answer.text()).includes("<title>ngflow") ? "page" : String(answer.status)),
    (error) => `${error.message}: ${error.cause?.message}`,
  );

for (const round of [1, 2]) {
  const startedMs = Date.now();
  const child = spawn(entry[0], entry.slice(1));
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(code ?? signal)));
  if (round === 1 && run(health).status === 0) problems.push("the health check is good before anything runs");
  if (!(await until(HEALTHY_MS, () => run(health).status === 0))) problems.push("the health check stays bad");
  healthySeconds ??= Number(((Date.now() - startedMs) / 1000).toFixed(1));
  // Until the console is open, the health check asks the collector, which is ready before.
  let known;
  const shown = async () => (known = await answerOf({ authorization: `Bearer ${token}` })) === "page";
  if (!(await until(STORED_MS, shown))) problems.push(`instead of the page: ${known}`);
  const unknown = await answerOf({});
  if (unknown !== "401") problems.push(`without a token: ${unknown}`);
  const sent = run(["ngflow", "generate", "--to", "udp://127.0.0.1:2055", "--count", String(FLOWS), "--json"]);
  if (sent.status !== 0) problems.push(`generate: ${sent.stderr}`);
  // The first time only what is stored is ended; the second time it is ended while flows are on the way.
  if (round === 1 && !(await until(STORED_MS, () => count() === FLOWS))) problems.push(`stored: ${count()}`);
  child.kill("SIGTERM");
  const status = await Promise.race([ended, sleep(30_000, "no end")]);
  if (status !== 0) problems.push(`it ended with ${status}`);
  if (status === "no end") child.kill("SIGKILL");
  stored.push(count());
}
if (stored[1] !== 2 * FLOWS) problems.push(`${stored[1]} flows are stored of ${2 * FLOWS}`);
const ok = problems.length === 0;
process.stdout.write(`${JSON.stringify({ ok, healthySeconds, stored, problems, output: ok ? "" : output })}\n`);
