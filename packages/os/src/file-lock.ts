import { closeSync, constants, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { hasLibc, libc } from "./libc.ts";
import { KernelError } from "./linux-errno.ts";

/** sys/file.h. */
const LOCK_EXCLUSIVE = 2;
const LOCK_NO_WAIT = 4;
const EAGAIN = 11;

/** A lock that this process holds until it releases it or ends. */
export interface FileLock {
  release(): void;
}

/**
 * Locks a file for this process, and makes it if it is absent; undefined if another process has it locked. The kernel
 * holds the lock (flock(2)) and gives it up when the process ends. Elsewhere than on Linux the file stands for the
 * lock, and one left by a process that has ended is replaced. The file contains the process id (`lockHolder`).
 *
 * @throws Error of `node:fs` when the file cannot be made, KernelError when it cannot be locked.
 */
export function lockFile(path: string): FileLock | undefined {
  return hasLibc() ? lockByKernel(path) : lockByName(path);
}

/** The process that has, or last had, the lock; undefined if that is not known. */
export function lockHolder(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, "latin1").trim());
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function lockByKernel(path: string): FileLock | undefined {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  if (libc().flock(fd, LOCK_EXCLUSIVE | LOCK_NO_WAIT) < 0) {
    const errno = libc().errno();
    closeSync(fd);
    if (errno === EAGAIN) return undefined;
    throw new KernelError(errno, `cannot lock ${path}`);
  }
  note(fd);
  // The file stays: removed, it could be locked by two processes, each under another file of the name.
  return { release: () => closeSync(fd) };
}

function lockByName(path: string): FileLock | undefined {
  for (let attempt = 0; ; attempt++) {
    try {
      const fd = openSync(path, "wx", 0o600);
      note(fd);
      closeSync(fd);
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = lockHolder(path);
    if (attempt > 0 || (holder !== undefined && holder !== process.pid && lives(holder))) return undefined;
    rmSync(path, { force: true });
  }
}

/** On a full disk the lock holds without a note. */
function note(fd: number): void {
  try {
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
  } catch {
    // The note is for messages only.
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
