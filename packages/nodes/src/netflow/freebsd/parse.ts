import { LINK_ETHERNET, u16be } from "@ngflow/base";

/** What becomes of a packet (reference: ng_netflow.md §5.1). */
export const ACCOUNT = 0;
/** Passed on, in no counter. */
export const IGNORE = 1;
/** Recognised but not accounted: counted as skipped of its family. */
export const SKIP_IPV4 = 2;
export const SKIP_IPV6 = 3;

/** Header bytes that the kernel can look at: the mbuf's header area. */
const MHLEN = 168;

const TCP = 6;
const UDP = 17;
const SCTP = 132;

/** Facts of the packet parsed last. Reused: one object for all packets. */
export class PacketFacts {
  family = 4;
  /** Offset of the IP header in the buffer. */
  ip = 0;
  /** IPv4 total length, or IPv6 payload length + 40. */
  bytes = 0;
  protocol = 0;
  tos = 0;
  /** TCP header's flag byte, 0 for others. */
  tcpFlags = 0;
  sourcePort = 0;
  destinationPort = 0;
  /**
   * The packet ended before all that the kernel looks at, or more than its header area was needed. Without the opposite
   * hook, such a packet is the sender's EINVAL; a packet that is not understood is not.
   */
  cut = false;

  /** Notes that, and returns the outcome. */
  endsEarly(outcome: number): number {
    this.cut = true;
    return outcome;
  }
}

function l4Bytes(protocol: number): number {
  if (protocol === TCP) return 20;
  if (protocol === UDP) return 8;
  return protocol === SCTP ? 12 : 0;
}

/**
 * 16 bits at `o`, with bytes from `end` on read as 0. The kernel reads on past short packets (ng_netflow.md §5.4,
 * item 3).
 */
function u16Before(b: Uint8Array, o: number, end: number): number {
  if (o + 1 < end) return u16be(b, o);
  return o < end ? b[o]! << 8 : 0;
}

/**
 * Finds the IP header and the flow key of the packet of `length` bytes at `o`, with every limit and quirk of the
 * kernel's node (reference: ng_netflow.md §5).
 */
export function parsePacket(
  b: Uint8Array,
  o: number,
  length: number,
  dlt: number,
  ipv6: boolean,
  facts: PacketFacts,
): number {
  let needed: number;
  let etherType: number;
  facts.cut = false;
  if (dlt === LINK_ETHERNET) {
    needed = 14;
    if (length < needed) return facts.endsEarly(IGNORE);
    etherType = u16be(b, o + 12);
    if (etherType === 0x8100) {
      needed = 18;
      if (length < needed) return facts.endsEarly(IGNORE);
      etherType = u16be(b, o + 16);
    }
  } else {
    needed = 0;
    if (length < 20) return facts.endsEarly(IGNORE);
    etherType = b[o]! >>> 4 === 6 ? 0x86dd : 0x0800;
  }
  facts.ip = o + needed;
  facts.sourcePort = facts.destinationPort = facts.tcpFlags = 0;
  if (etherType === 0x0800) {
    return length < needed + 20 ? facts.endsEarly(IGNORE) : parseIpv4(b, o, length, needed, facts);
  }
  if (etherType === 0x86dd) {
    return length < needed + 40 ? facts.endsEarly(IGNORE) : parseIpv6(b, o, length, needed, ipv6, facts);
  }
  return IGNORE;
}

function parseIpv4(b: Uint8Array, o: number, length: number, linkBytes: number, facts: PacketFacts): number {
  const ip = facts.ip;
  const headerBytes = (b[ip]! & 0x0f) * 4;
  if (b[ip]! >>> 4 !== 4 || headerBytes < 20) return SKIP_IPV4;
  facts.family = 4;
  facts.bytes = u16be(b, ip + 2);
  facts.protocol = b[ip + 9]!;
  facts.tos = b[ip + 1]!;
  if ((u16be(b, ip + 6) & 0x1fff) !== 0) return ACCOUNT;
  if (length < linkBytes + headerBytes + l4Bytes(facts.protocol)) return facts.endsEarly(SKIP_IPV4);
  if (facts.protocol === TCP || facts.protocol === UDP) {
    facts.sourcePort = u16be(b, ip + headerBytes);
    facts.destinationPort = u16be(b, ip + headerBytes + 2);
    if (facts.protocol === TCP) facts.tcpFlags = b[ip + headerBytes + 13]!;
  }
  return ACCOUNT;
}

function parseIpv6(
  b: Uint8Array,
  o: number,
  length: number,
  linkBytes: number,
  ipv6: boolean,
  facts: PacketFacts,
): number {
  const ip = facts.ip;
  if (!ipv6 || b[ip]! >>> 4 !== 6) return SKIP_IPV6;
  const end = o + length;
  facts.family = 6;
  facts.bytes = u16be(b, ip + 4) + 40;
  facts.tos = 0;
  let needed = linkBytes + 40;
  let at = ip + 40;
  let next = b[ip + 6]!;
  for (;;) {
    const extension = next === 0 || next === 43 || next === 60 || next === 51;
    needed += extension ? 2 : next === 44 ? 8 : l4Bytes(next);
    if (length < needed || needed > MHLEN) return facts.endsEarly(SKIP_IPV6);
    if (next === 44) {
      facts.protocol = at < end ? b[at]! : 0;
      return ACCOUNT;
    }
    if (!extension) break;
    const header = u16Before(b, at, end);
    at += next === 51 ? ((header & 0xff) + 2) * 4 : ((header & 0xff) + 1) * 8;
    next = header >>> 8;
  }
  facts.protocol = next;
  if (next === TCP || next === UDP || next === SCTP) {
    facts.sourcePort = u16Before(b, at, end);
    facts.destinationPort = u16Before(b, at + 2, end);
    if (next === TCP) facts.tcpFlags = at + 13 < end ? b[at + 13]! : 0;
  }
  return ACCOUNT;
}
