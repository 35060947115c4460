import { type CapabilityName, confine } from "@ngflow/nodes";

/** What the graph may need as long as it runs: interfaces come and go, and so do nodes that capture, send or make some. */
const OBSERVING: readonly CapabilityName[] = ["net_raw", "net_admin", "net_bind_service"];
/** Programs on an interface are attached whenever the first hook of an inline node is connected. */
const INLINE: readonly CapabilityName[] = [...OBSERVING, "bpf"];

/** Root also runs programs and loads modules that lie where only their user may look. */
const ROOT: readonly CapabilityName[] = ["dac_read_search"];

/** How a child that `fork` has made finds the channel to its parent. */
const CHANNEL_FD = "NODE_CHANNEL_FD";

/**
 * Gives up every capability that the graph does not need, in all threads; started by root it holds all of them. For that
 * the program starts anew, and does nothing the second time. Call it before anything is opened.
 * @param groups ids of groups that this process has to be in, to give its socket to them.
 */
export function confineGraph(options: { inline: boolean; capture: boolean; groups: readonly number[] }): void {
  const isRoot = process.getuid?.() === 0;
  const needed = options.capture ? (options.inline ? INLINE : OBSERVING) : [];
  const keep = isRoot ? [...needed, ...ROOT] : needed;
  const groups = process.getgroups?.() ?? [];
  const further = options.groups.filter((id) => !groups.includes(id));
  if (further.length > 0 && isRoot) process.setgroups?.([...groups, ...further]);
  const channel = (process.channel as { fd?: number } | undefined)?.fd;
  confine(keep, {
    path: process.execPath,
    args: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    env: channel === undefined ? process.env : { ...process.env, [CHANNEL_FD]: String(channel) },
    keepOpen: channel,
  });
}
