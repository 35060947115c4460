import { SKIP_NOT_IP, SKIP_TRUNCATED_LINK } from "./skip-reason.ts";

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;

/** 802.1Q, 802.1ad, and the two numbers that were used for stacked tags before it. */
export function isVlan(type: number): boolean {
  return type === 0x8100 || type === 0x88a8 || type === 0x9100 || type === 0x9200;
}

/**
 * Follows VLAN tags and MPLS labels from an EtherType to the IP header.
 * @param at offset of the first byte after the EtherType
 * @param end offset after the last byte present
 * @returns offset of the IP header, or `-1 - reason` (`SKIP_…`).
 */
export function skipToIp(buffer: Uint8Array, at: number, end: number, etherType: number): number {
  let type = etherType;
  while (isVlan(type)) {
    if (end - at < 4) return -1 - SKIP_TRUNCATED_LINK;
    type = (buffer[at + 2]! << 8) | buffer[at + 3]!;
    at += 4;
  }
  if (type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6) return at;
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
