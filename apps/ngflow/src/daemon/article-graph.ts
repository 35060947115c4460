import { etherNodeName } from "@ngflow/nodes";
import type { HostPort } from "../options/options.ts";

/** When flows are exported, in seconds: after silence, and at the latest while packets still come. */
export interface Timeouts {
  readonly inactive: number;
  readonly active: number;
}

/** Half an hour, as routers have at most. */
export const MAX_TIMEOUT_SECONDS = 1800;
/** Of `ngflow up`: a long download is a record a minute. */
export const UP_TIMEOUTS: Timeouts = { inactive: 15, active: 60 };
/** Of `ngflow demo`, which shows a flow at most five seconds after its packets. */
export const DEMO_TIMEOUTS: Timeouts = { inactive: 2, active: 2 };

/**
 * The graph of the NetFlow article as ngctl lines: interface, netflow, ksocket. Two lines are not from the article but
 * from the rc.d script and from ngflow: `setconfig` counts both directions, `settimeouts` says when flows are exported.
 * Further interfaces use the netflow node's next slots.
 */
export function articleGraph(
  interfaces: readonly string[],
  collector: HostPort,
  { inactive, active }: Timeouts = UP_TIMEOUTS,
): string[] {
  const lines: string[] = [];
  for (const [slot, name] of interfaces.entries()) {
    const node = etherNodeName(name);
    if (slot === 0) lines.push(`mkpeer ${node}: netflow lower iface0`, `name ${node}:lower netflow`);
    else lines.push(`connect ${node}: netflow: lower iface${slot}`);
    lines.push(`connect ${node}: netflow: upper out${slot}`, `msg netflow: setconfig { iface=${slot} conf=7 }`);
  }
  lines.push(
    `msg netflow: settimeouts { inactive=${inactive} active=${active} }`,
    "mkpeer netflow: ksocket export9 inet/dgram/udp",
    "name netflow:export9 nfsock",
    `msg nfsock: connect inet/${collector.host}:${collector.port}`,
  );
  return lines;
}
