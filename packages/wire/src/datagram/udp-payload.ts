import { formatIpv4, formatIpv6, u16be } from "@ngflow/base";
import { skipToIp } from "../packet/ethernet.ts";

/** The payload of a UDP packet inside a capture buffer, and where it came from. */
export interface UdpPayload {
  readonly address: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Range of the payload in the buffer; if the packet was cut, it ends where the capture ends. */
  readonly start: number;
  readonly end: number;
}

const UDP = 17;
const FRAGMENT = 44;
/** Hop-by-hop, routing, destination options: next header(1), length in 8-byte units less one(1). */
const EXTENSIONS = new Set([0, 43, 60]);

/**
 * The UDP payload of the packet at `buffer[offset, offset + length)`; undefined when it is not UDP, a fragment, or cut
 * before the payload. `ethernet` false means that the packet starts with its IP header.
 */
export function udpPayload(
  buffer: Uint8Array,
  offset: number,
  length: number,
  ethernet: boolean,
): UdpPayload | undefined {
  const end = offset + length;
  let ip = offset;
  if (ethernet) {
    if (length < 14) return undefined;
    ip = skipToIp(buffer, offset + 14, end, u16be(buffer, offset + 12));
    if (ip < 0) return undefined;
  }
  if (end - ip < 20) return undefined;
  const version = buffer[ip]! >>> 4;
  if (version === 4) {
    const header = 4 * (buffer[ip]! & 15);
    const fragment = u16be(buffer, ip + 6) & 0x3fff;
    if (header < 20 || buffer[ip + 9] !== UDP || fragment !== 0) return undefined;
    return udpAt(buffer, ip + header, end, () => formatIpv4(buffer, ip + 12));
  }
  if (version !== 6 || end - ip < 40) return undefined;
  let next = buffer[ip + 6]!;
  let at = ip + 40;
  while (EXTENSIONS.has(next) && end - at >= 8) {
    next = buffer[at]!;
    at += 8 * (buffer[at + 1]! + 1);
  }
  if (next === FRAGMENT || next !== UDP) return undefined;
  return udpAt(buffer, at, end, () => formatIpv6(buffer, ip + 8));
}

function udpAt(buffer: Uint8Array, udp: number, end: number, address: () => string): UdpPayload | undefined {
  if (end - udp < 8) return undefined;
  const stated = u16be(buffer, udp + 4);
  if (stated < 8) return undefined;
  return {
    address: address(),
    sourcePort: u16be(buffer, udp),
    destinationPort: u16be(buffer, udp + 2),
    start: udp + 8,
    end: Math.min(end, udp + stated),
  };
}
