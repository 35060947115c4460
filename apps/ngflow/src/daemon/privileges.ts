import { type CapabilityName, confine, type Restart } from "@ngflow/os";
import { isOpenByPermission, READ, READ_WRITE_SEARCH } from "./plain-root.ts";

/** Capabilities that the graph may need as long as it runs, because interfaces and nodes that use them come and go. */
const OBSERVING: readonly CapabilityName[] = ["net_raw", "net_admin", "net_bind_service"];
/** For inline mode: programs are attached to an interface when the first hook of its node is connected. */
const INLINE: readonly CapabilityName[] = [...OBSERVING, "bpf"];

/** For root: programs and modules may be in directories that are open to their user only. */
const ROOT: readonly CapabilityName[] = ["dac_read_search"];

/** Environment variable by which a forked child finds the channel to its parent. */
const CHANNEL_FD = "NODE_CHANNEL_FD";

/**
 * Drops every capability that the graph does not need, in all threads; a process of root has all of them. To do so,
 * the program re-executes itself; the second time this does nothing. Call it before anything is opened.
 * @param groups ids of groups that this process must be in, to give its socket to them.
 */
export function confineGraph(options: { inline: boolean; capture: boolean; groups: readonly number[] }): void {
  const isRoot = process.getuid?.() === 0;
  const needed = options.capture ? (options.inline ? INLINE : OBSERVING) : [];
  const keep = isRoot ? [...needed, ...ROOT] : needed;
  const groups = process.getgroups?.() ?? [];
  const further = options.groups.filter((id) => !groups.includes(id));
  if (further.length > 0 && isRoot) process.setgroups?.([...groups, ...further]);
  confine(keep, itself());
}

/** Below it a port needs a capability. */
const FIRST_FREE_PORT = 1024;

/** A process that this one started before it is re-executed. */
export interface InheritedChild {
  /** The descriptor of the channel to it. */
  readonly channel: number;
  /** Variables by which the re-executed program finds it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Ports and files that a daemon without capture uses. */
export interface DaemonNeeds {
  /** Ports it listens on. */
  readonly ports: readonly number[];
  /** Files and directories that it writes or creates, and sockets that it connects to. */
  readonly writes: readonly string[];
  /** Files that it reads besides its program. */
  readonly reads: readonly (string | undefined)[];
}

/**
 * Drops every capability that a daemon without capture does not need: all of them, except for a port below 1024, and
 * for files of other users, which root may use only by a capability. Re-executes the program like `confineGraph`.
 * @param child a process that this one has started, and goes on with after it was re-executed.
 */
export function confineDaemon(needs: DaemonNeeds, child?: InheritedChild): void {
  const keep: CapabilityName[] = needs.ports.some((port) => port > 0 && port < FIRST_FREE_PORT)
    ? ["net_bind_service"]
    : [];
  if (process.geteuid?.() === 0) {
    const reads = [process.execPath, process.argv[1], ...needs.reads].filter((path) => path !== undefined);
    if (!needs.writes.every((path) => isOpenByPermission(path, READ_WRITE_SEARCH))) keep.push("dac_override");
    else if (!reads.every((path) => isOpenByPermission(path, READ))) keep.push("dac_read_search");
  }
  confine(keep, itself(child));
}

/** This program with its arguments, its environment and the channels to its parent and to a child. */
function itself(child?: InheritedChild): Restart {
  const parent = (process.channel as { fd?: number } | undefined)?.fd;
  return {
    path: process.execPath,
    args: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    env: { ...process.env, ...child?.env, ...(parent === undefined ? {} : { [CHANNEL_FD]: String(parent) }) },
    keepOpen: [parent, child?.channel].filter((fd) => fd !== undefined),
  };
}
