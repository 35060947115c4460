import { chownSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { dataUser } from "../../daemon/daemon-user.ts";

/**
 * Root works as the owner of the data directory, who gets a directory that root makes for it. Parents that are absent
 * are made too, and stay root's. Where that cannot be, what writes there says why.
 */
export function giveToOwner(directory: string, data: string): void {
  const user = dataUser(data);
  if (user === undefined || existsSync(directory)) return;
  try {
    makeParents(path.dirname(directory));
    mkdirSync(directory, { mode: 0o750 });
    chownSync(directory, user.uid, user.gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
  }
}

/** One by one: Node.js never returns from a recursive mkdir in a file system such as procfs. */
function makeParents(directory: string): void {
  if (existsSync(directory)) return;
  makeParents(path.dirname(directory));
  mkdirSync(directory, { mode: 0o755 });
}
