import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SAYS } from "./vitest-reporter.mjs";

/** What a step came to before it has run anything. */
export function emptyResult() {
  return { passed: 0, failed: 0, skipped: [], retried: [], failures: [], output: "" };
}

/** One failure, with the words for the end. */
export function failedResult(failure) {
  return { ...emptyResult(), failed: 1, failures: [failure], output: failure };
}

/** Adds what a command left behind: that fails its step. */
function addLeft(result, name, left) {
  if (left.length === 0) return result;
  result.failed += 1;
  for (const line of left) result.failures.push(`${name}: left behind: ${line}`);
  result.output += `\n${name}: left behind:\n${left.map((line) => `  ${line}\n`).join("")}`;
  return result;
}

/** Runs the commands of a step that each pass or fail, all of them even after a failure. */
async function runGates(step, commands) {
  const result = emptyResult();
  for (const args of step.gates) {
    const { ok, output, left } = await commands.run(args);
    if (ok) result.passed += 1;
    else {
      result.failed += 1;
      result.failures.push(`${step.name}: ${args.join(" ")}`);
      result.output += output;
    }
    addLeft(result, step.name, left);
  }
  return result;
}

/** Runs a vitest suite; a run that ends without a report, or fails with no failed test, counts as one failure. */
async function runSuite(step, commands, onFile) {
  const file = join(commands.folder, `${step.name}.result`);
  const reporters = ["--reporter=default", "--reporter=./tools/verify/vitest-reporter.mjs"];
  const { ok, output, left } = await commands.run([...step.suite, ...reporters], {
    env: { NGFLOW_VERIFY_RESULT: file, NO_COLOR: "1" },
    onLine: (line) => {
      if (line.startsWith(SAYS)) onFile(JSON.parse(line.slice(SAYS.length)));
    },
  });
  let result = emptyResult();
  try {
    result = { ...result, ...JSON.parse(readFileSync(file, "utf8")) };
  } catch {
    // Below.
  }
  if (!ok && result.failed === 0) {
    result.failed = 1;
    result.failures.push(`${step.name}: the suite ended without a result`);
  }
  const said = output.split("\n").filter((line) => !line.startsWith(SAYS));
  if (result.failed > 0) result.output = said.join("\n");
  return addLeft(result, step.name, left);
}

/**
 * Runs a program of ours that closes with `N passed, N failed`, and names what it skips in lines `skip NAME REASON`.
 * Exit code 66 says that its input is absent.
 */
async function runProgram(step, commands) {
  const { output, code, left } = await commands.run(step.program);
  const result = emptyResult();
  if (code === 66) result.skipped.push({ name: step.name, reason: output.trim() });
  else {
    const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(output) ?? [undefined, 0, 1];
    result.passed = Number(passed);
    for (const [, name, reason] of output.matchAll(/^skip {2}(\S+) +(.+)$/gm)) {
      result.skipped.push({ name: `${step.name}: ${name}`, reason });
    }
    result.failed = Number(failed);
    if (code !== 0 && result.failed === 0) result.failed = 1;
    if (result.failed > 0) result.failures.push(`${step.name}: ${step.program.join(" ")}`);
    result.output = output;
  }
  return addLeft(result, step.name, left);
}

/**
 * Runs a step of the table to its end. `result.output` is what to show when something failed.
 * @param onFile is told `{ files }`, how many test files there are, and of each one that has ended
 */
export async function runStep(step, commands, onFile) {
  if (step.gates !== undefined) return runGates(step, commands);
  if (step.program !== undefined) return runProgram(step, commands);
  return runSuite(step, commands, onFile);
}
