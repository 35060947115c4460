import { etherNodeName } from "@ngflow/nodes";
import type { HostPort } from "../options/options.ts";

/**
 * Seconds for `settimeouts` of `ngflow up`: with the export's one second timer, the flush of partial datagrams and the
 * spool, the console shows a flow at most five seconds after its packets.
 */
const INACTIVE_SECONDS = 2;
const ACTIVE_SECONDS = 2;

/**
 * The graph of the NetFlow article as ngctl lines: interface, netflow, ksocket. Two lines are not from the article but
 * from the rc.d script and from ngflow: `setconfig` counts both directions, `settimeouts` keeps the console up to date.
 * Further interfaces use the netflow node's next slots.
 */
export function articleGraph(interfaces: readonly string[], collector: HostPort): string[] {
  const lines: string[] = [];
  for (const [slot, name] of interfaces.entries()) {
    const node = etherNodeName(name);
    if (slot === 0) lines.push(`mkpeer ${node}: netflow lower iface0`, `name ${node}:lower netflow`);
    else lines.push(`connect ${node}: netflow: lower iface${slot}`);
    lines.push(`connect ${node}: netflow: upper out${slot}`, `msg netflow: setconfig { iface=${slot} conf=7 }`);
  }
  lines.push(
    `msg netflow: settimeouts { inactive=${INACTIVE_SECONDS} active=${ACTIVE_SECONDS} }`,
    "mkpeer netflow: ksocket export9 inet/dgram/udp",
    "name netflow:export9 nfsock",
    `msg nfsock: connect inet/${collector.host}:${collector.port}`,
  );
  return lines;
}
