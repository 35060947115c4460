// Runs every check and test of the project and closes with the line `N passed, N failed, N skipped`.
//   npm run verify                     everything; tests whose tools are absent are named and skipped
//   npm run verify -- --install        installs the Debian packages the tests need first (so does CI=true)
//   npm run verify -- --only lint,unit the named steps
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { installPackages, missingPackages } from "./verify/debian-packages.mjs";
import { STEPS } from "./verify/steps.mjs";
import { root } from "./workspaces.mjs";

/** No command of a step may take longer; the longest suite takes about a third of it on a machine with nothing else to do. */
const COMMAND_TIMEOUT_MS = 15 * 60_000;

const work = mkdtempSync(join(tmpdir(), "ngflow-verify-"));

/** Runs `node args…` at the root in a process group of its own, killed whole when it takes too long. */
function run(args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, detached: true });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    const timer = setTimeout(() => {
      output += `\nstopped: took longer than ${COMMAND_TIMEOUT_MS / 60_000} minutes\n`;
      process.kill(-child.pid, "SIGKILL");
    }, COMMAND_TIMEOUT_MS);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ ok: code === 0, code, output });
    });
  });
}

/** Runs the commands of a step that each pass or fail, all of them even after a failure. */
async function runGates(commands) {
  const result = { passed: 0, failed: 0, skipped: [], output: "" };
  for (const args of commands) {
    const { ok, output } = await run(args);
    if (ok) result.passed += 1;
    else {
      result.failed += 1;
      result.output += output;
    }
  }
  return result;
}

/** Runs a vitest suite; a run that ends without a report, or fails with no failed test, counts as one failure. */
async function runSuite(args, name) {
  const file = join(work, `${name}.json`);
  const reporters = ["--reporter=default", "--reporter=./tools/verify/skip-reporter.mjs"];
  const { ok, output } = await run([...args, ...reporters], { NGFLOW_VERIFY_RESULT: file, NO_COLOR: "1" });
  let report = { passed: 0, failed: 0, skipped: [] };
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    report.failed = 1;
  }
  if (!ok && report.failed === 0) report.failed = 1;
  return { ...report, output: report.failed > 0 ? output : "" };
}

/** Runs a program of ours that closes with `N passed, N failed`; exit code 66 says that its input is absent. */
async function runProgram(args, name) {
  const { output, code } = await run(args);
  if (code === 66) return { passed: 0, failed: 0, skipped: [{ name, reason: output.trim() }], output: "" };
  const counts = /(\d+) passed, (\d+) failed\s*$/.exec(output);
  if (counts === null) return { passed: 0, failed: 1, skipped: [], output };
  return { passed: Number(counts[1]), failed: Number(counts[2]), skipped: [], output };
}

async function installWhatIsMissing() {
  const missing = missingPackages();
  if (missing.length === 0) return { passed: 1, failed: 0, skipped: [], output: "" };
  process.stdout.write(`install: ${missing.join(" ")}\n`);
  try {
    installPackages(missing);
    return { passed: 1, failed: 0, skipped: [], output: "" };
  } catch (error) {
    return { passed: 0, failed: 1, skipped: [], output: `${error.message}\n` };
  }
}

/** Builds once, for the first step that drives the built commands. */
let built;
async function build() {
  built ??= run(["tools/build-missing.mjs"]);
  const { ok, output } = await built;
  return { ok, output };
}

async function runStep(step) {
  if (step.needs === "build") {
    const { ok, output } = await build();
    if (!ok) return { passed: 0, failed: 1, skipped: [], output: `${step.name}: the build failed\n${output}` };
  }
  if (step.program !== undefined) return runProgram(step.program, step.name);
  return step.suite === undefined ? runGates(step.gates) : runSuite(step.suite, step.name);
}

const { values } = parseArgs({ options: { only: { type: "string" }, install: { type: "boolean", default: false } } });
const wanted = values.only?.split(",");
const unknown = wanted?.filter((name) => !STEPS.some((step) => step.name === name)) ?? [];
if (unknown.length > 0) {
  process.stderr.write(
    `verify: no step ${unknown.join(", ")}; the steps are ${STEPS.map((step) => step.name).join(", ")}\n`,
  );
  process.exit(64);
}

const chosen = STEPS.filter((step) => wanted?.includes(step.name) ?? true).map((step) => ({
  name: step.name,
  run: () => runStep(step),
}));
if (values.install || (process.env.CI === "true" && wanted === undefined)) {
  chosen.unshift({ name: "install", run: installWhatIsMissing });
}

const total = { passed: 0, failed: 0, skipped: [], retried: [] };
process.stdout.write(
  `${"step".padEnd(12)}${"passed".padStart(8)}${"failed".padStart(8)}${"skipped".padStart(9)}${"time".padStart(10)}\n`,
);
for (const step of chosen) {
  const startedMs = performance.now();
  const result = await step.run();
  const seconds = `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
  const counts = `${String(result.passed).padStart(8)}${String(result.failed).padStart(8)}${String(result.skipped.length).padStart(9)}`;
  process.stdout.write(`${step.name.padEnd(12)}${counts}${seconds.padStart(10)}\n`);
  if (result.failed > 0) process.stdout.write(`\n${result.output.trimEnd()}\n\n`);
  total.passed += result.passed;
  total.failed += result.failed;
  total.skipped.push(...result.skipped);
  total.retried.push(...(result.retried ?? []));
}

for (const { name, reason } of total.skipped) {
  process.stdout.write(`skipped: ${name}: ${reason === "" ? "the test gives no reason" : reason}\n`);
}
for (const name of total.retried) process.stdout.write(`passed at the second try: ${name}\n`);
rmSync(work, { recursive: true, force: true });
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
