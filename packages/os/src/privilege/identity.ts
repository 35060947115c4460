import { hasLibc, libc } from "../libc.ts";
import { KernelError } from "../linux-errno.ts";

// The functions of Node.js of the same names refuse to work where libuv may use io_uring, because the ring would keep
// the user it was made by (CVE-2024-22017): so they do on Debian 13. Here the program is re-executed with its new user,
// which closes the ring. Where there is no C library to call, as on macOS, those of Node.js are used.

function must(result: number, what: string): void {
  if (result < 0) throw new KernelError(libc().errno(), what);
}

/** Changes the user and the group of this process. @throws KernelError */
export function setUser({ uid, gid }: { readonly uid: number; readonly gid: number }): void {
  if (!hasLibc()) {
    process.setgid?.(gid);
    process.setuid?.(uid);
    return;
  }
  must(libc().setgid(gid), `cannot change to group ${gid}`);
  must(libc().setuid(uid), `cannot change to user ${uid}`);
}

/** Makes these the groups of this process besides its own. @throws KernelError */
export function setGroups(groups: readonly number[]): void {
  if (!hasLibc()) process.setgroups?.([...groups]);
  else must(libc().setgroups(groups.length, new Uint8Array(Uint32Array.from(groups).buffer)), "cannot change groups");
}

/** The types of Node.js leave it out. */
type Initgroups = NodeJS.Process & { initgroups?: (user: string, group: number) => void };

/** Makes a group and those of a user in `/etc/group` the groups of this process. @throws KernelError */
export function initGroups(user: string, gid: number): void {
  if (!hasLibc()) (process as Initgroups).initgroups?.(user, gid);
  else must(libc().initgroups(user, gid), `cannot join the groups of ${user}`);
}
