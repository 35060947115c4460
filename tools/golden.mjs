// npm run golden -- [DIR]: runs every row of parse.json, every step of graph.json and every flow case under DIR, shows
// expected and got for what differs, and closes with `N passed, N failed`. DIR is ../shared/golden/freebsd unless named;
// where that is absent nothing is run.
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { isCase, runCase } from "./golden/case.mjs";
import { checkLists, differencesOf } from "./golden/checks.mjs";
import { compareCase } from "./golden/compare.mjs";
import { root } from "./workspaces.mjs";

const named = process.argv[2];
const directory = resolve(named ?? join(root, "../shared/golden/freebsd"));
if (!existsSync(directory)) {
  process.stderr.write(`golden: ${directory}: no such directory; name one that holds cases\n`);
  process.exit(66);
}

const total = { passed: 0, failed: 0 };

function say(failed, name, startedMs) {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`${failed ? "FAIL" : "pass"}  ${name.padEnd(32)} ${seconds.padStart(6)} s\n`);
}

function show(lines) {
  for (const line of lines) process.stdout.write(`      ${line}\n`);
}

for (const { file, checks } of checkLists(directory)) {
  const startedMs = performance.now();
  const wrong = checks.map((check) => ({ check, lines: differencesOf(check) })).filter(({ lines }) => lines.length > 0);
  say(wrong.length > 0, `${file} (${checks.length})`, startedMs);
  for (const { check, lines } of wrong) show([check.title, ...lines.map((line) => `  ${line}`)]);
  total.passed += checks.length - wrong.length;
  total.failed += wrong.length;
}

const cases = readdirSync(directory)
  .filter((name) => isCase(join(directory, name)))
  .sort();
for (const name of cases) {
  const startedMs = performance.now();
  let differences;
  try {
    differences = compareCase(join(directory, name), runCase(join(directory, name)));
  } catch (error) {
    differences = [error.stack];
  }
  say(differences.length > 0, name, startedMs);
  show(differences.slice(0, 10));
  if (differences.length > 0) total.failed++;
  else total.passed++;
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
