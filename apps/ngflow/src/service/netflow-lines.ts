import { isMappedIpv4 } from "@ngflow/base";
import { etherNodeName } from "@ngflow/nodes/ether-name";
import type { CollectorAddress, NetflowSettings } from "./settings.ts";

/** FreeBSD's sockaddr_in6: its length and family, which ngctl's arguments carry (reference: nodes.md §2.2). */
const SOCKADDR_IN6_BYTES = 28;
const AF_INET6 = 28;
/** Ingress, egress, and each packet once: what the rc.d script sets. */
const CONF = 7;

/** Arguments of ksocket's `connect`. IPv6 has the generic form only. */
export function ksocketAddress({ address, port, scope }: CollectorAddress): string {
  if (isMappedIpv4(address)) return `inet/${address.subarray(12).join(".")}:${port}`;
  const bytes = new Uint8Array(SOCKADDR_IN6_BYTES - 2);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, port);
  bytes.set(address, 6);
  // The scope is a number of the host, in its byte order; every host that ngflow runs on is little-endian.
  view.setUint32(22, scope, true);
  const data = [...bytes].map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(" ");
  return `{ len=${SOCKADDR_IN6_BYTES} family=${AF_INET6} data=[ ${data} ] }`;
}

/** The ngctl lines of `start`: the rc.d script's (reference: rcd.md §1.3), with a slot for each further interface. */
export function netflowLines({ interfaces, collector }: NetflowSettings): string[] {
  const nodes = interfaces.map(etherNodeName);
  const [first, ...others] = nodes;
  const protocol = isMappedIpv4(collector.address) ? "inet/dgram/udp" : "inet6/dgram/17";
  return [
    `mkpeer ${first}: netflow lower iface0`,
    `name ${first}:lower netflow`,
    `connect ${first}: netflow: upper out0`,
    ...others.flatMap((node, at) => [
      `connect ${node}: netflow: lower iface${at + 1}`,
      `connect ${node}: netflow: upper out${at + 1}`,
    ]),
    ...nodes.map((_, slot) => `msg netflow: setconfig {iface=${slot} conf=${CONF}}`),
    `mkpeer netflow: ksocket export9 ${protocol}`,
    "name netflow:export9 nfsock",
    `msg nfsock: connect ${ksocketAddress(collector)}`,
  ];
}
