import { etherNodeName } from "@ngflow/nodes/ether-name";
import type { HostPort } from "../options/options.ts";
import { type Timeouts, UP_TIMEOUTS } from "./timeouts.ts";

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
