import { NgError } from "@ngflow/graph";
import type { SocketKind } from "./host-socket.ts";

/** FreeBSD's numbers (sys/socket.h, netinet/in.h). */
export const PF_LOCAL = 1;
export const PF_INET = 2;
export const PF_INET6 = 28;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_SEQPACKET = 5;
export const IPPROTO_UDP = 17;

const FAMILIES: Readonly<Record<string, number>> = { local: PF_LOCAL, inet: PF_INET, inet6: PF_INET6, atm: 30 };
const TYPES: Readonly<Record<string, number>> = {
  stream: SOCK_STREAM,
  dgram: SOCK_DGRAM,
  raw: SOCK_RAW,
  rdm: 4,
  seqpacket: SOCK_SEQPACKET,
};
/** Names of protocols exist in family inet only. */
const INET_PROTOCOLS: Readonly<Record<string, number>> = {
  ip: 0,
  raw: 255,
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: IPPROTO_UDP,
  gre: 47,
  esp: 50,
  ah: 51,
  swipe: 53,
  encap: 98,
  divert: 258,
  pim: 103,
};

function numberOf(text: string, names: Readonly<Record<string, number>>): number {
  if (Object.hasOwn(names, text)) return names[text]!;
  // An empty component is 0, anything but decimal digits is refused (strtoul, base 10).
  if (!/^\d*$/.test(text)) throw new NgError("EINVAL");
  const value = Number(text);
  if (value > 0x7fff_ffff) throw new NgError("EINVAL");
  return value;
}

/** Reads `<family>/<type>/<proto>` (reference: nodes.md §2.1). @throws NgError EINVAL. */
export function parseHookName(name: string): SocketKind {
  const first = name.indexOf("/");
  const second = name.indexOf("/", first + 1);
  if (first < 0 || second < 0) throw new NgError("EINVAL");
  const family = numberOf(name.slice(0, first), FAMILIES);
  const type = numberOf(name.slice(first + 1, second), TYPES);
  const protocol = numberOf(name.slice(second + 1), family === PF_INET ? INET_PROTOCOLS : {});
  return { family, type, protocol };
}
