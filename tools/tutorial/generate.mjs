// Writes the pictures of the tutorials with the product's own command, `ngflow explain`, compiled first if necessary.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workspaces.mjs";

/** Runs `node args…` at the root; ends this process when it fails. */
function run(...args) {
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status === 0) return;
  process.stderr.write(stdout);
  process.exit(1);
}

const pictures = join("docs", "tutorials", "pictures");
run("node_modules/typescript/bin/tsc", "-b", "apps/ngflow");
rmSync(join(root, pictures), { recursive: true, force: true });
run("apps/ngflow/bin/ngflow.js", "explain", "examples/article.ngctl", "--format", "svg", "--output", pictures);
