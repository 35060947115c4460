import { skipToIp } from "../packet/ethernet.ts";
import { SKIP_NOT_IP, SKIP_TRUNCATED_LINK } from "../packet/skip-reason.ts";

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

/**
 * Where the IP header of a frame with a null, loopback or Linux cooked header begins.
 * @returns its offset, or `-1 - reason` (`SKIP_…`).
 */
export function ipOffset(linkType: number, buffer: Uint8Array, offset: number, length: number): number {
  const end = offset + length;
  if (linkType === 113) {
    if (length < 16) return -1 - SKIP_TRUNCATED_LINK;
    return skipToIp(buffer, offset + 16, end, (buffer[offset + 14]! << 8) | buffer[offset + 15]!);
  }
  if (linkType === 276) {
    if (length < 20) return -1 - SKIP_TRUNCATED_LINK;
    return skipToIp(buffer, offset + 20, end, (buffer[offset]! << 8) | buffer[offset + 1]!);
  }
  if (length < 4) return -1 - SKIP_TRUNCATED_LINK;
  // The family is in the byte order of the capturing machine. It is below 256, so only the first or last byte is not 0.
  const family = buffer[offset]! | buffer[offset + 3]!;
  if ((buffer[offset + 1]! | buffer[offset + 2]!) !== 0) return -1 - SKIP_NOT_IP;
  // AF_INET is 2; AF_INET6 is 24, 28, 30 or 10 depending on the system.
  const ip = family === 2 || family === 24 || family === 28 || family === 30 || family === 10;
  return ip ? offset + 4 : -1 - SKIP_NOT_IP;
}
