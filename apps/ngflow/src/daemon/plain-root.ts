import { realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

const SEARCH = 1;
export const READ = 4;
export const READ_WRITE_SEARCH = 7;

/**
 * Rights that the permission bits grant to this process's user and groups, without capabilities. Only directories can
 * be searched.
 */
function granted(path: string): number {
  const entry = statSync(path);
  const { uid, gid, mode } = entry;
  const groups = [process.getegid?.(), ...(process.getgroups?.() ?? [])];
  const bits = uid === process.geteuid?.() ? mode >> 6 : groups.includes(gid) ? mode >> 3 : mode;
  return (bits & 7) | (entry.isDirectory() ? 0 : SEARCH);
}

/**
 * Whether permission bits alone grant this user the `wanted` rights to a file or directory, and search rights on the
 * path to it. For a file that does not exist: whether it could be created. Root without capabilities is an ordinary
 * user.
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
