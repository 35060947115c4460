import { existsSync } from "node:fs";
import { type CapabilityName, confine, hasCapability, initGroups, type Restart, setGroups } from "@ngflow/os";
import type { UserChange } from "./change-user.ts";
import type { DaemonUser } from "./daemon-user.ts";
import { isOpenByPermission, READ, READ_WRITE_SEARCH, SEARCH } from "./plain-root.ts";

/** Capabilities that the graph may need as long as it runs, because interfaces and nodes that use them come and go. */
const OBSERVING: readonly CapabilityName[] = ["net_raw", "net_admin", "net_bind_service"];
/** For inline mode: programs are attached to an interface when the first hook of its node is connected. */
const INLINE: readonly CapabilityName[] = [...OBSERVING, "bpf"];

/** The device of TAPs. */
const TUN = "/dev/net/tun";

/** Environment variable by which a forked child finds the channel to its parent. */
const CHANNEL_FD = "NODE_CHANNEL_FD";

/** What the graph needs. */
export interface GraphNeeds extends Pick<DaemonNeeds, "reads" | "reaches"> {
  readonly inline: boolean;
  readonly capture: boolean;
  /** Ids of groups that this process must be in, to give its socket to them. */
  readonly groups: readonly number[];
}

/**
 * Drops every capability that the graph does not need, in all threads; a process of root has all of them, and changes
 * to another user. To do so, the program re-executes itself; the second time this does nothing. Call it before anything
 * is opened.
 */
export function confineGraph(needs: GraphNeeds, change: UserChange | undefined): void {
  if (change === undefined && process.geteuid?.() === 0) joinGroups(needs.groups);
  const keep = needs.capture ? (needs.inline ? INLINE : OBSERVING) : [];
  const forDevice = needs.capture && !mayOpenTun(change?.user) ? (["dac_override"] as const) : [];
  confine([...keep, ...forDevice, ...forFiles({ ...needs, writes: [] }, change?.user)], itself(change));
}

/** Whether a user may make TAP devices, as far as the device's own permission goes. Distributions open it to all. */
function mayOpenTun(user?: DaemonUser): boolean {
  return !existsSync(TUN) || isOpenByPermission(TUN, READ_WRITE_SEARCH, user);
}

/** Below it a port needs a capability. */
const FIRST_FREE_PORT = 1024;

/** What this process opened before it is re-executed: the channel to a child, or sockets. */
export interface Inherited {
  readonly descriptors: readonly number[];
  /** Variables by which the re-executed program finds them. */
  readonly env: Readonly<Record<string, string>>;
}

/** Ports and files that a daemon without capture uses. */
export interface DaemonNeeds {
  /** Ports it listens on. */
  readonly ports: readonly number[];
  /** Whether it sends from the addresses of others. */
  readonly spoofs?: boolean;
  /** Files and directories that it writes or creates. */
  readonly writes: readonly string[];
  /** Files that it reads besides its program. */
  readonly reads: readonly (string | undefined)[];
  /** Directories of sockets that it connects to or listens on. */
  readonly reaches: readonly string[];
}

/** How a daemon goes on. */
export interface GoesOn {
  /** The user that it changes to; undefined if it stays as it is. */
  readonly change?: UserChange | undefined;
  /** What the re-executed program adopts. */
  readonly inherited?: Inherited | undefined;
}

/**
 * Drops every capability that a daemon without capture does not need: all of them, except for a port below 1024, and
 * for files that only root may reach. Changes the user and re-executes the program like `confineGraph`.
 */
export function confineDaemon(needs: DaemonNeeds, { change, inherited }: GoesOn = {}): void {
  const low = needs.ports.some((port) => port > 0 && port < FIRST_FREE_PORT);
  const keep: CapabilityName[] = low ? ["net_bind_service"] : [];
  // Only what root has can be kept; without it, datagrams are sent from the own address.
  if (needs.spoofs === true && hasCapability("net_raw")) keep.push("net_raw");
  confine([...keep, ...forFiles(needs, change?.user)], itself(change, inherited));
}

/**
 * What root's daemon keeps for files that its user may not reach, also when it is that user already. Only one that
 * stays root may write them.
 */
function forFiles(
  { writes, reads, reaches }: Omit<DaemonNeeds, "ports" | "spoofs">,
  user?: DaemonUser,
): CapabilityName[] {
  const may = (paths: readonly (string | undefined)[], wanted: number): boolean =>
    paths.every((path) => path === undefined || isOpenByPermission(path, wanted, user));
  const mayWrite = may(writes, READ_WRITE_SEARCH);
  const staysRoot = user === undefined && process.geteuid?.() === 0;
  // A root that stays root has no other place for its socket.
  if (staysRoot && !(mayWrite && may(reaches, READ_WRITE_SEARCH))) return ["dac_override"];
  const mayRead = may([process.execPath, process.argv[1], ...reads], READ) && may(reaches, SEARCH);
  return mayWrite && mayRead ? [] : ["dac_read_search"];
}

/** Leaves the groups of root, and joins those of the user. */
function changeGroups({ user, groups }: UserChange): void {
  if (user.name === undefined) setGroups([user.gid]);
  else initGroups(user.name, user.gid);
  joinGroups(groups);
}

function joinGroups(further: readonly number[]): void {
  const groups = process.getgroups?.() ?? [];
  const absent = further.filter((id) => !groups.includes(id));
  if (absent.length > 0) setGroups([...groups, ...absent]);
}

/** This program with its arguments, its environment, its user, the channel to its parent, and what it adopts. */
function itself(change?: UserChange, inherited?: Inherited): Restart {
  if (change !== undefined) changeGroups(change);
  const parent = (process.channel as { fd?: number } | undefined)?.fd;
  return {
    path: process.execPath,
    args: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    env: {
      ...process.env,
      ...change?.env,
      ...inherited?.env,
      ...(parent === undefined ? {} : { [CHANNEL_FD]: String(parent) }),
    },
    keepOpen: [...(parent === undefined ? [] : [parent]), ...(inherited?.descriptors ?? [])],
    user: change?.user,
  };
}
