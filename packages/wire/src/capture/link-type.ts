import { SKIP_NOT_IP, SKIP_TRUNCATED_LINK } from "../packet/skip-reason.ts";

/** Bytes of an Ethernet header. */
const ETHERNET_BYTES = 14;

/** Link types of capture files (tcpdump.org/linktypes.html) that are read, with the name messages use. */
export const LINK_TYPES: ReadonlyMap<number, string> = new Map([
  [0, "null"],
  [1, "Ethernet"],
  [12, "raw IP"],
  [14, "raw IP"],
  [101, "raw IP"],
  [108, "loopback"],
  [113, "Linux cooked v1"],
  [228, "raw IPv4"],
  [229, "raw IPv6"],
  [276, "Linux cooked v2"],
]);

/** True for link types whose packets begin with the IP header. */
export function isRawLink(linkType: number): boolean {
  return linkType === 12 || linkType === 14 || linkType === 101 || linkType === 228 || linkType === 229;
}

/** True for link types whose frames become Ethernet frames: Linux cooked, of both versions. */
export function isCookedLink(linkType: number): boolean {
  return linkType === 113 || linkType === 276;
}

/** ARPHRD_ETHER (linux/if_arp.h). */
const ARPHRD_ETHER = 1;

/**
 * Writes the Ethernet header of a Linux cooked frame (tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html, …_SLL2.html) over
 * the end of its own, so that VLAN tags, PPPoE and MPLS behind it are read as in any frame. The source is the sender's
 * address, 0 if that is no Ethernet address. The destination, which the capture has not recorded, is 0.
 * @returns offset of the Ethernet frame, or `-1 - SKIP_TRUNCATED_LINK`
 */
export function cookedToEthernet(linkType: number, buffer: Uint8Array, offset: number, length: number): number {
  const isV1 = linkType === 113;
  const header = isV1 ? 16 : 20;
  if (length < header) return -1 - SKIP_TRUNCATED_LINK;
  const hardwareAt = offset + (isV1 ? 2 : 8);
  const addressLength = isV1 ? (buffer[offset + 4]! << 8) | buffer[offset + 5]! : buffer[offset + 11]!;
  const isEthernet = ((buffer[hardwareAt]! << 8) | buffer[hardwareAt + 1]!) === ARPHRD_ETHER && addressLength === 6;
  const addressAt = offset + (isV1 ? 6 : 12);
  const protocolAt = offset + (isV1 ? 14 : 0);
  const frame = offset + header - ETHERNET_BYTES;
  buffer.copyWithin(frame + 6, addressAt, addressAt + 6);
  buffer.copyWithin(frame + 12, protocolAt, protocolAt + 2);
  buffer.fill(0, frame, isEthernet ? frame + 6 : frame + 12);
  return frame;
}

/**
 * Where the IP header of a frame with a null or loopback header begins.
 * @returns its offset, or `-1 - reason` (`SKIP_…`).
 */
export function ipOffset(buffer: Uint8Array, offset: number, length: number): number {
  if (length < 4) return -1 - SKIP_TRUNCATED_LINK;
  // The family is in the byte order of the capturing machine. It is below 256, so only the first or last byte is not 0.
  const family = buffer[offset]! | buffer[offset + 3]!;
  if ((buffer[offset + 1]! | buffer[offset + 2]!) !== 0) return -1 - SKIP_NOT_IP;
  // AF_INET is 2; AF_INET6 is 24, 28, 30 or 10 depending on the system.
  const ip = family === 2 || family === 24 || family === 28 || family === 30 || family === 10;
  return ip ? offset + 4 : -1 - SKIP_NOT_IP;
}
