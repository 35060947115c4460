import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, workspaces } from "./workspaces.mjs";

/** Written in a workspace's `dist` by a build that succeeded; its time is the start of that build. */
const STAMP = "dist/.built";

const TESTS = /[.](test|bench)[.]ts$/;

function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The time of the newest file under a folder that a build reads. */
function newestMs(folder) {
  let newest = modifiedMs(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) newest = Math.max(newest, newestMs(join(folder, entry.name)));
    else if (!TESTS.test(entry.name)) newest = Math.max(newest, modifiedMs(join(folder, entry.name)));
  }
  return newest;
}

/**
 * What a build would have to do: `missing` when a workspace has never been built, `stale` when one is older than its
 * sources, `fresh` otherwise.
 */
export function buildState() {
  const shared = Math.max(...["package-lock.json", "tsconfig.base.json"].map((name) => modifiedMs(join(root, name))));
  let state = "fresh";
  for (const { folder } of workspaces()) {
    const built = modifiedMs(join(root, folder, STAMP));
    if (built === 0) return "missing";
    const sources = Math.max(newestMs(join(root, folder, "src")), modifiedMs(join(root, folder, "package.json")));
    if (Math.max(sources, shared) > built) state = "stale";
  }
  return state;
}

/** Records that every workspace was built from the sources as they were at `startedMs` (Unix time). */
export function markBuilt(startedMs) {
  for (const { folder } of workspaces()) {
    mkdirSync(join(root, folder, "dist"), { recursive: true });
    writeFileSync(join(root, folder, STAMP), "");
    utimesSync(join(root, folder, STAMP), startedMs / 1000, startedMs / 1000);
  }
}
