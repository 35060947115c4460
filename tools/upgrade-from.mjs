// npm run upgrade-from -- COMMIT: builds a commit in a worktree of its own, lets its commands write a data directory
// and answer questions, then opens the directory with this checkout and asks the same. Several commits, one after the
// other. By hand before a release: `npm run upgrade-from -- HEAD~1`.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, workspaces } from "./workspaces.mjs";

const commits = process.argv.slice(2);
if (commits.length === 0) {
  process.stderr.write("usage: npm run upgrade-from -- COMMIT…\n");
  process.exit(64);
}

function run(words, cwd, env = {}) {
  const [command, ...args] = words;
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit", env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${words.join(" ")}: ${error?.message ?? `exit ${status}`}`);
}

function git(...words) {
  const { status, stdout, stderr } = spawnSync("git", words, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`git ${words.join(" ")}: ${stderr.trim()}`);
  return stdout.trim();
}

/** Packages as the commit wants them: those of this checkout, if its lockfile is the same. */
function install(checkout) {
  const lock = (folder) => readFileSync(join(folder, "package-lock.json"), "utf8");
  if (lock(checkout) !== lock(root)) return run(["npm", "ci"], checkout);
  for (const folder of ["", ...workspaces().map(({ folder }) => folder)]) {
    const from = join(root, folder, "node_modules");
    if (existsSync(from)) run(["cp", "-al", from, join(checkout, folder)], root);
  }
}

const work = mkdtempSync(join(tmpdir(), "ngflow-upgrade-from-"));
const failed = [];
for (const commit of commits) {
  const checkout = join(work, "checkout");
  const data = join(work, "data");
  try {
    const id = git("rev-parse", "--verify", "--short", `${commit}^{commit}`);
    process.stdout.write(`${commit} is ${id}\n`);
    git("worktree", "add", "--quiet", "--detach", checkout, id);
    install(checkout);
    run(["npm", "run", "--silent", "build"], checkout);
    mkdirSync(data);
    run([process.execPath, "tests/cli/upgrade/make-data.mjs", checkout, id, data], root);
    const words = [
      "run",
      "--config",
      "tests/vitest.config.ts",
      "--project",
      "cli",
      "tests/cli/upgrade/upgrade.test.ts",
    ];
    run([process.execPath, "node_modules/vitest/vitest.mjs", ...words], root, { NGFLOW_UPGRADE_FROM: data });
  } catch (error) {
    failed.push(commit);
    process.stderr.write(`upgrade-from: ${commit}: ${error.message}\n`);
  } finally {
    if (existsSync(checkout)) git("worktree", "remove", "--force", checkout);
    rmSync(data, { recursive: true, force: true });
  }
}
rmSync(work, { recursive: true, force: true });
process.stdout.write(`${commits.length - failed.length} passed, ${failed.length} failed, 0 skipped\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
