import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { removeStale } from "../control/server.ts";
import { systemReason } from "../output/system-reason.ts";
import { type DaemonUser, userText } from "./daemon-user.ts";
import { DaemonError } from "./errors.ts";
import { makeDirectories } from "./make-directories.ts";
import { isOpenByPermission, READ_WRITE_SEARCH } from "./plain-root.ts";

// What root prepares before a daemon changes to a user of its own.

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Directory of the sockets of daemons that root starts; with another user, of those of one user. */
const RUNTIME = "/run/ngflow";
/** What a file system has in its topmost directory. */
const NOT_CONTENTS: ReadonlySet<string> = new Set(["lost+found"]);
const HASH_DIGITS = 16;

function give(directory: string, { uid, gid }: DaemonUser): void {
  const fd = openSync(directory, DIRECTORY);
  try {
    fchownSync(fd, uid, gid);
  } finally {
    closeSync(fd);
  }
}

/**
 * Makes the data directory for a user, or gives it an empty one of root's. One with contents of root's is refused: what
 * is in it may not be ours.
 *
 * @throws DaemonError `data-directory`.
 */
export function handOverData(dataDirectory: string, user: DaemonUser): void {
  try {
    for (const directory of makeDirectories(resolve(dataDirectory), 0o755)) give(directory, user);
    const directory = realpathSync(dataDirectory);
    const fd = openSync(directory, DIRECTORY);
    try {
      const { uid } = fstatSync(fd);
      if (uid === 0 && contents(directory).length === 0) fchownSync(fd, user.uid, user.gid);
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw new DaemonError(
      "data-directory",
      `--data ${dataDirectory}: cannot be given to user ${userText(user)}: ${systemReason(cause)}`,
      { cause },
    );
  }
  const roots = rootsEntry(dataDirectory, user);
  if (roots === undefined) return;
  const owner = user.name ?? `${user.uid}:${user.gid}`;
  throw new DaemonError(
    "data-directory",
    `${roots} belongs to root, and the daemons run as user ${userText(user)}: give it to that user with ` +
      `"chown -R ${owner} ${dataDirectory}", or keep root with --user root`,
  );
}

function contents(directory: string): string[] {
  return readdirSync(directory).filter((name) => !NOT_CONTENTS.has(name));
}

/** The data directory or what is directly in it, if it is root's and the user may not write it. */
function rootsEntry(dataDirectory: string, { gid }: DaemonUser): string | undefined {
  const entries = [dataDirectory, ...contents(dataDirectory).map((name) => join(dataDirectory, name))];
  return entries.find((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined || stats.uid !== 0) return false;
    const bits = stats.gid === gid ? stats.mode >> 3 : stats.mode;
    return (bits & READ_WRITE_SEARCH) !== READ_WRITE_SEARCH;
  });
}

/** The runtime directory of a user's daemons that root started. */
export function runtimeOf(user: DaemonUser): string {
  const owner = statSync(RUNTIME, { throwIfNoEntry: false })?.uid ?? 0;
  return owner === 0 || owner === user.uid ? RUNTIME : `${RUNTIME}-${user.uid}`;
}

/**
 * Makes the directory for a user's sockets. Returns its path. With a group that may open one of them, everybody may
 * search the directory, also one that was there: each socket has its own permissions, and others may have other groups.
 */
export function handOverRuntime(user: DaemonUser, group?: number): string {
  const directory = runtimeOf(user);
  makeDirectories(resolve(directory), 0o700);
  const fd = openSync(directory, DIRECTORY);
  try {
    if (fstatSync(fd).uid === 0) fchownSync(fd, user.uid, user.gid);
    if (group !== undefined) fchmodSync(fd, 0o711);
  } finally {
    closeSync(fd);
  }
  return directory;
}

/**
 * Lets a user have its socket at a path that root named. If the user may not write in its directory, the path becomes a
 * symbolic link to a socket in the user's runtime directory.
 *
 * @throws NgflowError `control-in-use`, `control-not-a-socket`.
 */
export async function handOverSocket(
  path: string,
  user: DaemonUser,
  { runtime, group }: { readonly runtime: string; readonly group: number | undefined },
): Promise<void> {
  const directory = dirname(resolve(path));
  for (const made of makeDirectories(resolve(directory), group === undefined ? 0o700 : 0o750)) {
    give(made, group === undefined ? user : { ...user, gid: group });
  }
  if (isOpenByPermission(directory, READ_WRITE_SEARCH, user)) return;
  const real = join(realpathSync(directory), basename(path));
  const hash = createHash("sha256").update(real).digest("hex").slice(0, HASH_DIGITS);
  const target = join(runtime, `control-${hash}.sock`);
  if (socketBehind(real) === target) return;
  await removeStale(real);
  symlinkSync(target, real);
}

/** Where to listen for clients of a path: what `handOverSocket` made it a link to, or the path itself. */
export function socketBehind(path: string): string {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return path;
  const target = readlinkSync(path);
  return target.startsWith(RUNTIME) ? target : path;
}
