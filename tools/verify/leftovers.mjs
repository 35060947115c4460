import { readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/** The name of the environment variable by which a process and all it starts are known to be of one step of one run. */
export const MARK = "NGFLOW_VERIFY_RUN";

/** Folders in which tools of the project keep something for their next run. */
const CACHES = new Set(["jiti"]);

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const words = (text) => text.replaceAll("\0", " ").trim();

/**
 * The processes that carry a mark, or all that can be seen if `mark` is undefined, but for this one and its ancestors.
 */
export function processes(mark) {
  const all = new Map();
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name))) {
    const [, name, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/s.exec(read(`/proc/${pid}/stat`)) ?? [];
    if (parent === undefined) continue;
    all.set(Number(pid), { name, state, parent: Number(parent) });
  }
  for (let pid = process.pid; all.has(pid);) {
    const { parent } = all.get(pid);
    all.delete(pid);
    pid = parent;
  }
  const marked = (pid) => mark === undefined || read(`/proc/${pid}/environ`).split("\0").includes(`${MARK}=${mark}`);
  return [...all]
    .filter(([pid, { state }]) => state !== "Z" && state !== "X" && marked(pid))
    .map(([pid, { name }]) => ({ pid, text: words(read(`/proc/${pid}/cmdline`)) || name }));
}

/** Folders of control groups whose name has the mark in it, the inner ones first. */
function groups(mark) {
  const mounts = [...read("/proc/self/mountinfo").matchAll(/^(?:\S+ ){4}(\S+) .* - cgroup2 /gm)].map(([, at]) => at);
  return mounts.flatMap((at) =>
    list(at)
      .filter((name) => name.includes(mark))
      .map((name) => join(at, name)),
  );
}

function removeGroup(folder) {
  for (const name of list(folder)) removeGroup(join(folder, name));
  try {
    rmdirSync(folder);
  } catch {
    // A file of the kernel's, or a group that still has a process; that process is named on its own.
  }
}

/**
 * What there is now that a test could leave behind, a line each.
 * @param run `mark`: that of the step; `temporary`: its folder for temporary files; `enclosed`: whether the step has
 * namespaces of its own, where everything is its own
 */
export function look({ mark, temporary, enclosed }) {
  const found = processes(enclosed ? undefined : mark).map(({ pid, text }) => `process ${pid}: ${text.slice(0, 200)}`);
  for (const name of list(temporary).filter((each) => !CACHES.has(each)))
    found.push(`temporary ${join(temporary, name)}`);
  for (const path of groups(mark)) found.push(`control group ${path}`);
  if (!enclosed) return found;
  for (const name of list("/run/netns")) found.push(`network namespace ${name}`);
  for (const [, name] of read("/proc/self/net/dev").matchAll(/^\s*([^\s:]+):/gm)) found.push(`interface ${name}`);
  for (const line of read("/proc/self/mountinfo").trim().split("\n")) found.push(`mount ${line.split(" ")[4]}`);
  return found;
}

/** What is there now and was not before. What is about to end gets `graceMs` to do so. */
export async function leftSince(before, run, graceMs = 3000) {
  const deadlineMs = Date.now() + graceMs;
  for (;;) {
    const left = look(run).filter((line) => !before.includes(line));
    if (left.length === 0 || Date.now() > deadlineMs) return left;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
}

/** Ends and removes what carries the mark and outlives the namespaces of a step, or the step where it has none. */
export function removeMarked({ mark, enclosed }) {
  if (!enclosed) {
    for (const { pid } of processes(mark)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    }
  }
  for (const path of groups(mark)) removeGroup(path);
}
