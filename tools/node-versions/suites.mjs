// Runs of vitest on a version of Node.js, and their counts.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { root } from "../workspaces.mjs";

/** Folders whose code calls Node.js itself: buffers, sockets, threads, files, HTTP, processes. 40 s of a core. */
const NEAR = [
  "packages/base",
  "packages/wire/src",
  "packages/os",
  "packages/collector/src/listen",
  "packages/store/src/spool",
  "packages/server",
  "apps/ngflow/src/commands",
];

/** What `--tests` takes: the runs of vitest, as their words. */
export const SUITES = {
  near: [["--project", "unit", "--project", "contract", ...NEAR]],
  all: [
    ["--project", "unit", "--project", "contract"],
    ["--config", "tests/vitest.config.ts", "--project", "cli"],
  ],
};

/**
 * Runs one of them. Commands that tests start by name are found in the same version.
 * @returns `{ passed, failed, skipped, failures }`; `failures` are texts, one a failure
 */
export function runSuite(node, words) {
  const folder = mkdtempSync(join(tmpdir(), "ngflow-node-suite-"));
  const report = join(folder, "report.json");
  try {
    const line = ["node_modules/vitest/vitest.mjs", "run", ...words, "--reporter=json", `--outputFile=${report}`];
    const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env["PATH"] ?? ""}`, NO_COLOR: "1" };
    const { stdout, stderr } = spawnSync(node, line, { cwd: root, env, encoding: "utf8", maxBuffer: 256 << 20 });
    let found;
    try {
      found = JSON.parse(readFileSync(report, "utf8"));
    } catch {
      return { passed: 0, failed: 1, skipped: 0, failures: [`no report: ${stderr}${stdout}`.slice(-4000)] };
    }
    const failures = found.testResults.flatMap(({ name, status, message, assertionResults }) => {
      const tests = assertionResults.filter((test) => test.status === "failed");
      if (tests.length === 0) return status === "failed" ? [`${name}: ${message}`] : [];
      return tests.map((test) => `${name}: ${test.fullName}: ${test.failureMessages.join("\n").slice(0, 1500)}`);
    });
    // A file that does not load has no tests to count.
    const failed = Math.max(found.numFailedTests, failures.length, found.success ? 0 : 1);
    return { passed: found.numPassedTests, failed, skipped: found.numPendingTests, failures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
