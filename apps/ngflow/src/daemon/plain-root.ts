import { realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

export const SEARCH = 1;
export const READ = 4;
export const READ_WRITE_SEARCH = 7;

/** A user with its groups. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups?: readonly number[];
}

function thisProcess(): Identity {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, groups: process.getgroups?.() ?? [] };
}

/**
 * Rights that the permission bits grant to a user and its groups, without capabilities. Only directories can be
 * searched.
 */
function granted(path: string, who: Identity): number {
  const entry = statSync(path);
  const { uid, gid, mode } = entry;
  const isMember = gid === who.gid || who.groups?.includes(gid) === true;
  const bits = uid === who.uid ? mode >> 6 : isMember ? mode >> 3 : mode;
  return (bits & 7) | (entry.isDirectory() ? 0 : SEARCH);
}

/**
 * Whether permission bits alone grant a user, by default this process's, the `wanted` rights to a file or directory,
 * and search rights on the path to it. For a file that does not exist: whether it could be created. Root without
 * capabilities is an ordinary user.
 */
export function isOpenByPermission(path: string, wanted: number, who = thisProcess()): boolean {
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
    if ((granted(at, who) & wanted) !== wanted) return false;
    while (at !== dirname(at)) {
      at = dirname(at);
      if ((granted(at, who) & SEARCH) === 0) return false;
    }
    return true;
  } catch {
    return false;
  }
}
