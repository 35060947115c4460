// Writes deploy/ with the product's own command, `ngflow service generate`, compiled first if it is older than its
// source.
import { spawnSync } from "node:child_process";
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

run("node_modules/typescript/bin/tsc", "-b", "apps/ngflow");
for (const target of ["systemd", "freebsd", "munin"]) {
  run("apps/ngflow/bin/ngflow.js", "service", "generate", "--for", target, "--output", join("deploy", target));
}
