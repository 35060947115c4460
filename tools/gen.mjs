// Runs every generator: the `gen` script of each workspace that has one, then the pages this folder generates.
// With `--check` it compares what they wrote with what was there, restores nothing, and fails on a difference.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root, workspaces } from "./workspaces.mjs";

const SKIPPED_FOLDERS = new Set(["node_modules", "dist", "testdata"]);
const checking = process.argv.includes("--check");

/** Generated files by their contents: named `*.gen.*`, wherever they are. */
function generatedFiles() {
  const found = new Map();
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) walk(path);
      else if (entry.isFile() && entry.name.includes(".gen.")) found.set(path, readFileSync(join(root, path), "utf8"));
    }
  };
  for (const folder of ["packages", "apps", "docs"].filter((each) => existsSync(join(root, each)))) walk(folder);
  return found;
}

const before = generatedFiles();
let generators = 0;
for (const { folder, manifest } of workspaces()) {
  if (manifest.scripts?.gen === undefined) continue;
  const { status } = spawnSync("npm", ["run", "--silent", "gen", "-w", folder], { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    process.stderr.write(`gen: the generator of ${folder} failed\n`);
    process.exit(1);
  }
  generators += 1;
}
const after = generatedFiles();

if (checking) {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  const drifted = paths.filter((path) => before.get(path) !== after.get(path));
  const unnamed = paths.filter((path) => !/generated/i.test(after.get(path)?.split("\n", 1)[0] ?? "generated"));
  for (const path of drifted) process.stderr.write(`${path}: not what its generator writes; run npm run gen\n`);
  for (const path of unnamed) process.stderr.write(`${path}: line one must say what generated it\n`);
  if (paths.length > 0 && generators === 0)
    process.stderr.write("gen: generated files exist, but no workspace has a gen script\n");
  process.stdout.write(`drift: ${generators} generators, ${paths.length} generated files, ${drifted.length} drifted\n`);
  process.exitCode = drifted.length + unnamed.length > 0 || (paths.length > 0 && generators === 0) ? 1 : 0;
}
