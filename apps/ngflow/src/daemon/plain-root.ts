import { realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

const SEARCH = 1;
export const READ = 4;
export const READ_WRITE_SEARCH = 7;

/** What the permission bits grant to this process's user and groups; no capability is counted. What is no directory is not searched. */
function granted(path: string): number {
  const entry = statSync(path);
  const { uid, gid, mode } = entry;
  const groups = [process.getegid?.(), ...(process.getgroups?.() ?? [])];
  const bits = uid === process.geteuid?.() ? mode >> 6 : groups.includes(gid) ? mode >> 3 : mode;
  return (bits & 7) | (entry.isDirectory() ? 0 : SEARCH);
}

/**
 * Whether permission bits alone let this user have `wanted` of a file or directory, and of every directory on the way to
 * it; of one that does not exist yet, whether it could be made. Root without capabilities is a user like any other.
 */
export function isOpenByPermission(path: string, wanted: number): boolean {
  let at = resolve(path);
  try {
    for (;;) {
      try {
        at = realpathSync(at);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") return false;
        at = dirname(at);
      }
    }
    if ((granted(at) & wanted) !== wanted) return false;
    while (at !== dirname(at)) {
      at = dirname(at);
      if ((granted(at) & SEARCH) === 0) return false;
    }
    return true;
  } catch {
    return false;
  }
}
