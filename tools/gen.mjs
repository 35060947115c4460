// Runs every generator: `tools/*/generate.mjs`, each of which writes the `*.gen.*` files it is named in. All of `deploy/`
// is generated, too; names and first lines of its files belong to those who read them.
// With `--check` it compares what they wrote with what was there, and fails on a difference.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "./workspaces.mjs";

const SKIPPED_FOLDERS = new Set(["node_modules", "dist", "testdata"]);
const checking = process.argv.includes("--check");

const isDeployed = (path) => path.startsWith("deploy/");
const isGenerated = (path) => basename(path).includes(".gen.") || isDeployed(path);

/** Generated files by their contents: named `*.gen.*`, wherever they are, and everything in `deploy/`. */
function generatedFiles() {
  const found = new Map();
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) walk(path);
      else if (entry.isFile() && isGenerated(path)) found.set(path, readFileSync(join(root, path), "utf8"));
    }
  };
  for (const folder of ["packages", "apps", "docs", "deploy"].filter((each) => existsSync(join(root, each))))
    walk(folder);
  return found;
}

const generators = readdirSync(join(root, "tools"))
  .map((name) => join("tools", name, "generate.mjs"))
  .filter((path) => existsSync(join(root, path)));

const before = generatedFiles();
for (const path of generators) {
  const { status } = spawnSync(process.execPath, [path], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) {
    process.stderr.write(`gen: ${path} failed\n`);
    process.exit(1);
  }
}
const after = generatedFiles();

if (checking) {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  const drifted = paths.filter((path) => before.get(path) !== after.get(path));
  const named = paths.filter((path) => !isDeployed(path));
  const unnamed = named.filter((path) => !generators.some((each) => after.get(path)?.split("\n", 1)[0].includes(each)));
  for (const path of drifted) process.stderr.write(`${path}: not what its generator writes; run npm run gen\n`);
  for (const path of unnamed) process.stderr.write(`${path}: line one does not name a generator in tools/\n`);
  process.stdout.write(
    `drift: ${generators.length} generators, ${paths.length} generated files, ${drifted.length} drifted\n`,
  );
  process.exitCode = drifted.length + unnamed.length === 0 ? 0 : 1;
}
