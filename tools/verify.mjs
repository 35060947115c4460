// Runs every check and test of the project and closes with the line `N passed, N failed, N skipped`: see --help.
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Commands } from "./verify/commands.mjs";
import { installPackages, missingPackages } from "./verify/debian-packages.mjs";
import { helpText } from "./verify/help.mjs";
import { Progress } from "./verify/progress.mjs";
import { emptyResult, failedResult, runStep } from "./verify/run-step.mjs";
import { schedule, withNeeds } from "./verify/scheduler.mjs";
import { STEPS } from "./verify/steps.mjs";
import { closingLines, totalOf } from "./verify/summary.mjs";
import { root } from "./workspaces.mjs";

const OPTIONS = { only: { type: "string" }, install: { type: "boolean" }, help: { type: "boolean", short: "h" } };

function refuse(message) {
  process.stderr.write(`verify: ${message}\n`);
  process.exit(64);
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return refuse(error.message);
  }
}

const { only, install, help } = readArguments();
if (help) {
  process.stdout.write(helpText());
  process.exit(0);
}
const wanted = only?.split(",") ?? STEPS.map(({ name }) => name);
const unknown = wanted.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  refuse(`no step ${unknown.join(", ")}; the steps are ${STEPS.map(({ name }) => name).join(", ")}`);
}

const progress = new Progress(process.stdout);
const results = new Map();

if (install || (process.env.CI === "true" && only === undefined)) {
  const missing = missingPackages();
  const step = { name: "install", does: missing.length === 0 ? "every package is there" : missing.join(" ") };
  progress.start(step);
  const result = emptyResult();
  try {
    if (missing.length > 0) installPackages(missing);
    result.passed = 1;
  } catch (error) {
    result.failed = 1;
    result.failures.push("install");
    result.output = error.message;
  }
  results.set("install", result);
  progress.end(step, result);
}

// The steps have no network.
if (wanted.includes("node")) spawnSync(process.execPath, ["tools/node-versions.mjs", "--fetch"], { cwd: root });

const commands = new Commands();
let interrupted;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    interrupted ??= signal;
    commands.stop();
  });
}

async function runAndTell(step) {
  if (interrupted !== undefined) return;
  progress.start(step);
  const broken = (step.needs ?? []).filter((name) => results.get(name).failed > 0);
  let result =
    broken.length === 0
      ? await runStep(step, commands, (said) => progress.file(step, said))
      : failedResult(`${step.name}: needs ${broken.join(", ")}, which failed`);
  if (interrupted !== undefined) result = failedResult(`${step.name}: ended by ${interrupted}`);
  results.set(step.name, result);
  progress.end(step, result);
}

try {
  await schedule(withNeeds(STEPS, wanted), availableParallelism(), runAndTell);
} finally {
  commands.remove();
}
progress.close();
process.stdout.write(`${interrupted === undefined ? "ended" : `ended by ${interrupted}`} after ${progress.elapsed}\n`);
const total = totalOf([...results.values()]);
for (const line of closingLines(total)) process.stdout.write(`${line}\n`);
process.exitCode = interrupted !== undefined ? 130 : total.failed === 0 ? 0 : 1;
