// npm run golden -- [DIR]: runs every row of parse.json, every step of graph.json and every flow case under DIR. Prints
// the differences between expected and actual, and `N passed, N failed` at the end. Without DIR, it runs
// tests/golden/freebsd and the cases that outside.json names, which are in the folder of shared data
// (tools/shared.mjs).
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isCase, runCase } from "./golden/case.mjs";
import { checkLists, differencesOf } from "./golden/checks.mjs";
import { compareCase } from "./golden/compare.mjs";
import { sharedFolder } from "./shared.mjs";
import { root } from "./workspaces.mjs";

const named = process.argv[2];
const directory = resolve(named ?? join(root, "tests/golden/freebsd"));
if (!existsSync(directory)) {
  process.stderr.write(`golden: ${directory}: no such directory; name one that holds cases\n`);
  process.exit(66);
}

const total = { passed: 0, failed: 0 };

function printLine(word, name, note) {
  process.stdout.write(`${word}  ${name.padEnd(32)} ${note}\n`);
}

function printRun(failed, name, startedMs) {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  printLine(failed ? "FAIL" : "pass", name, `${seconds.padStart(6)} s`);
}

function show(lines) {
  for (const line of lines) process.stdout.write(`      ${line}\n`);
}

for (const { file, checks } of checkLists(directory)) {
  const startedMs = performance.now();
  const wrong = checks.map((check) => ({ check, lines: differencesOf(check) })).filter(({ lines }) => lines.length > 0);
  printRun(wrong.length > 0, `${file} (${checks.length})`, startedMs);
  for (const { check, lines } of wrong) show([check.title, ...lines.map((line) => `  ${line}`)]);
  total.passed += checks.length - wrong.length;
  total.failed += wrong.length;
}

function runFlowCase(name, folder) {
  const startedMs = performance.now();
  let differences;
  try {
    differences = compareCase(folder, runCase(folder));
  } catch (error) {
    differences = [error.stack];
  }
  printRun(differences.length > 0, name, startedMs);
  show(differences.slice(0, 10));
  if (differences.length > 0) total.failed++;
  else total.passed++;
}

for (const name of readdirSync(directory).sort()) {
  if (isCase(join(directory, name))) runFlowCase(name, join(directory, name));
}

if (named === undefined) {
  const outside = join(sharedFolder, "golden/freebsd");
  for (const name of JSON.parse(readFileSync(join(directory, "outside.json"), "utf8"))) {
    if (isCase(join(outside, name))) runFlowCase(name, join(outside, name));
    else printLine("skip", name, `not in ${outside}`);
  }
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
