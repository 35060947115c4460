import { readFileSync, statSync } from "node:fs";
import { hasCapability } from "@ngflow/os";
import { DaemonError } from "./errors.ts";

/** The user and the group that a daemon runs as. */
export interface DaemonUser {
  readonly uid: number;
  readonly gid: number;
  /** Name of the user, if it has one. */
  readonly name: string | undefined;
}

/** The user of the daemons, which `ngflow service install` makes. */
const NAME = "ngflow";
/**
 * The id where there is no such user. It belongs to nobody else: outside of the ranges for people, of system users and
 * of subordinate ids.
 */
const NAMELESS = 64_739;
const PASSWD = "/etc/passwd";

/** @throws Error when the file cannot be read. */
function entries(): DaemonUser[] {
  const lines = readFileSync(PASSWD, "utf8").split("\n");
  return lines.flatMap((line) => {
    const [name, , uid, gid] = line.split(":");
    return uid === undefined || gid === undefined ? [] : [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

function found(matches: (user: DaemonUser) => boolean): DaemonUser | undefined {
  try {
    return entries().find(matches);
  } catch {
    return undefined;
  }
}

/** A user by name, number, or number and group's number (`1000:100`). @throws DaemonError `no-such-user`. */
function named(text: string): DaemonUser {
  const numbers = /^(\d{1,9})(?::(\d{1,9}))?$/.exec(text);
  const uid = Number(numbers?.[1]);
  const user = numbers ? found((each) => each.uid === uid) : found((each) => each.name === text);
  if (numbers) return { uid, gid: Number(numbers[2] ?? user?.gid ?? uid), name: user?.name };
  if (user !== undefined) return user;
  throw new DaemonError("no-such-user", `--user ${text}: no such user in ${PASSWD}`);
}

/** Whether root may change to a user here: it needs capabilities, and in a user namespace the user has to exist. */
function mayChangeTo({ uid }: DaemonUser): boolean {
  if (process.platform !== "linux") return true;
  if (!(["chown", "setgid", "setuid"] as const).every(hasCapability)) return false;
  try {
    const ranges = readFileSync("/proc/self/uid_map", "latin1").trim().split("\n");
    return ranges.some((line) => {
      const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
      return uid >= first && uid < first + count;
    });
  } catch {
    return true;
  }
}

/**
 * The user that a daemon started by root changes to; undefined if it stays what it is: not root, root by `--user root`,
 * or a root who may not change its user. Without `--user` it is the owner of the data directory, if that exists and is
 * not root's, or else the user `ngflow`, or else a number of its own.
 *
 * @throws DaemonError `no-such-user`.
 */
export function daemonUser(option: string | undefined, dataDirectory?: string): DaemonUser | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  const user = option === undefined ? (ownerOf(dataDirectory) ?? usualUser()) : named(option);
  if (user.uid === 0 || mayChangeTo(user)) return user.uid === 0 ? undefined : user;
  if (option === undefined) return undefined;
  throw new DaemonError("no-such-user", `--user ${option}: this process may not change to that user`);
}

/** The user `ngflow`, or the number that stands for it. */
export function usualUser(): DaemonUser {
  return found(({ name }) => name === NAME) ?? { uid: NAMELESS, gid: NAMELESS, name: undefined };
}

function ownerOf(directory: string | undefined): DaemonUser | undefined {
  const stats = directory === undefined ? undefined : statSync(directory, { throwIfNoEntry: false });
  if (stats === undefined || stats.uid === 0) return undefined;
  const { uid, gid } = stats;
  return { uid, gid, name: found((each) => each.uid === uid)?.name };
}

/** The user to read and write a data directory as: its owner, for root. Undefined if that is this process's user. */
export function dataUser(dataDirectory: string): DaemonUser | undefined {
  const owner = process.geteuid?.() === 0 ? ownerOf(dataDirectory) : undefined;
  return owner !== undefined && mayChangeTo(owner) ? owner : undefined;
}

/** A user in messages. */
export function userText({ uid, name }: DaemonUser): string {
  return name ?? String(uid);
}
