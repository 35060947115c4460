// Builds everything: the TypeScript projects in dependency order, the bundles of the verbs `export` and `query`, the
// web console.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { markBuilt } from "./staleness.mjs";
import { root } from "./workspaces.mjs";

/** Runs one stage of the build. If it fails, prints its output and ends the build. */
function stage(title, script, args, cwd) {
  const startedMs = Date.now();
  process.stdout.write(`${title} ...`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, script), ...args], {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(status === 0 ? ` ${seconds} s\n` : ` failed after ${seconds} s\n`);
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}`);
  process.exit(1);
}

if (!existsSync(join(root, "node_modules/typescript/bin/tsc"))) {
  process.stderr.write("build: the dependencies are not installed: run `npm ci` first\n");
  process.exit(1);
}

const startedMs = Date.now();
stage("compiling packages and commands", "node_modules/typescript/bin/tsc", ["-b"], root);
stage("bundling the commands export and query", "tools/bundle.mjs", [], root);
stage("building the web console", "node_modules/vite/bin/vite.js", ["build"], join(root, "packages/console"));
markBuilt(startedMs);
