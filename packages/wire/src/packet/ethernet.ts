import { SKIP_MALFORMED, SKIP_NOT_IP, SKIP_TRUNCATED_LINK } from "./skip-reason.ts";

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** PPPoE session stage (RFC 2516, section 4): version and type 1, code 0, session, length of what follows. */
export const ETHERTYPE_PPPOE_SESSION = 0x8864;
/** PPPoE header and PPP protocol. */
export const PPPOE_BYTES = 8;
const PPPOE_SESSION_DATA = 0x1100;
const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;
const IPV6_HEADER_BYTES = 40;

/** 802.1Q, 802.1ad, and the two numbers that were used for stacked tags before it. */
export function isVlan(type: number): boolean {
  return type === 0x8100 || type === 0x88a8 || type === 0x9100 || type === 0x9200;
}

/** Identifier of an 802.1Q tag; the rest is priority and drop eligibility. */
const VLAN_ID = 0xfff;

/**
 * VLANs of a frame whose IP header `skipToIp` has found: the identifier of the outermost tag in bits 0 to 11, that of
 * the next one in bits 12 to 23. 0 where there is no tag, and for a priority tag (IEEE 802.1Q, VID 0). Further tags are
 * ignored.
 * @param at offset of the first byte after the EtherType
 */
export function vlansOf(buffer: Uint8Array, at: number, etherType: number): number {
  if (!isVlan(etherType)) return 0;
  const outer = ((buffer[at]! << 8) | buffer[at + 1]!) & VLAN_ID;
  if (!isVlan((buffer[at + 2]! << 8) | buffer[at + 3]!)) return outer;
  return outer | ((((buffer[at + 4]! << 8) | buffer[at + 5]!) & VLAN_ID) << 12);
}

/** The VLANs of a frame of which the kernel has taken out the outermost tag, `tag`. */
export function withOuterTag(vlans: number, tag: number): number {
  return (tag & VLAN_ID) | ((vlans & VLAN_ID) << 12);
}

/**
 * Follows VLAN tags, MPLS labels and a PPPoE session from an EtherType to the IP header.
 * @param at offset of the first byte after the EtherType
 * @param end offset after the last byte present
 * @param wireEnd offset after the last byte that was on the wire
 * @returns offset of the IP header, or `-1 - reason` (`SKIP_…`).
 */
export function skipToIp(buffer: Uint8Array, at: number, end: number, etherType: number, wireEnd = Infinity): number {
  let type = etherType;
  while (isVlan(type)) {
    if (end - at < 4) return -1 - SKIP_TRUNCATED_LINK;
    type = (buffer[at + 2]! << 8) | buffer[at + 3]!;
    at += 4;
  }
  if (type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6) return at;
  if (type === ETHERTYPE_PPPOE_SESSION) return skipPppoe(buffer, at, end, wireEnd);
  if (type !== 0x8847 && type !== 0x8848) return -1 - SKIP_NOT_IP;
  for (;;) {
    if (end - at < 4) return -1 - SKIP_TRUNCATED_LINK;
    const bottom = (buffer[at + 2]! & 1) === 1;
    at += 4;
    if (!bottom) continue;
    // MPLS names no payload; the first nibble tells IP from a pseudowire (RFC 4928, section 3).
    if (at >= end) return -1 - SKIP_TRUNCATED_LINK;
    const version = buffer[at]! >>> 4;
    return version === 4 || version === 6 ? at : -1 - SKIP_NOT_IP;
  }
}

/**
 * Follows a PPPoE session to the IP header. Its length has to hold the PPP protocol and the IP packet, and must not be
 * more than was on the wire.
 */
function skipPppoe(buffer: Uint8Array, at: number, end: number, wireEnd: number): number {
  if (end - at < PPPOE_BYTES) return -1 - SKIP_TRUNCATED_LINK;
  if (((buffer[at]! << 8) | buffer[at + 1]!) !== PPPOE_SESSION_DATA) return -1 - SKIP_NOT_IP;
  const ip = at + PPPOE_BYTES;
  const bytes = ((buffer[at + 4]! << 8) | buffer[at + 5]!) - 2;
  if (bytes < 0 || ip + bytes > wireEnd) return -1 - SKIP_MALFORMED;
  const protocol = (buffer[at + 6]! << 8) | buffer[at + 7]!;
  if (protocol !== PPP_IPV4 && protocol !== PPP_IPV6) return -1 - SKIP_NOT_IP;
  if (end - ip < 6) return ip;
  const total =
    protocol === PPP_IPV4
      ? (buffer[ip + 2]! << 8) | buffer[ip + 3]!
      : ((buffer[ip + 4]! << 8) | buffer[ip + 5]!) + IPV6_HEADER_BYTES;
  return total > bytes ? -1 - SKIP_MALFORMED : ip;
}
