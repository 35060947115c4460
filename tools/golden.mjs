// npm run golden -- [DIR]: runs every flow case under DIR against profile freebsd of the netflow node and closes with
// `N passed, N failed`. DIR is ../shared/golden/freebsd unless named; where that is absent nothing is run.
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { compareCase } from "./golden/compare.mjs";
import { isCase, runCase } from "./golden/case.mjs";
import { root } from "./workspaces.mjs";

const named = process.argv[2];
const directory = resolve(named ?? join(root, "../shared/golden/freebsd"));
if (!existsSync(directory)) {
  process.stderr.write(`golden: ${directory}: no such directory; name one that holds cases\n`);
  process.exit(66);
}

const cases = readdirSync(directory)
  .filter((name) => isCase(join(directory, name)))
  .sort();
let failed = 0;
for (const name of cases) {
  const startedMs = performance.now();
  let differences;
  try {
    differences = compareCase(join(directory, name), runCase(join(directory, name)));
  } catch (error) {
    differences = [error.stack];
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`${differences.length === 0 ? "pass" : "FAIL"}  ${name.padEnd(28)} ${seconds.padStart(6)} s\n`);
  for (const difference of differences.slice(0, 10)) process.stdout.write(`      ${difference}\n`);
  if (differences.length > 0) failed++;
}
process.stdout.write(`${cases.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && cases.length > 0 ? 0 : 1;
