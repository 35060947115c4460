import { formatIpv4, formatIpv6, u16be, u32be } from "@ngflow/base";
import { skipToIp } from "../packet/ethernet.ts";
import type { Reassembly } from "./reassembly.ts";

/** The payload of a UDP packet of a capture, and where it came from. */
export interface UdpPayload {
  readonly address: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Memory of the payload: the capture buffer, or that of a packet which came in fragments. */
  readonly buffer: Uint8Array;
  /** Range of the payload in `buffer`; if the packet was cut, it ends where the capture ends. */
  readonly start: number;
  readonly end: number;
}

const UDP = 17;
const FRAGMENT = 44;
/** Hop-by-hop, routing, destination options: next header(1), length in 8-byte units less one(1). */
const EXTENSIONS = new Set([0, 43, 60]);

/**
 * The UDP payload of the packet at `buffer[offset, offset + length)`; undefined when it is not UDP, is cut before the
 * payload, or is a fragment of a packet that is not complete yet. `ethernet` false means that the packet starts with
 * its IP header.
 */
export function udpPayload(
  buffer: Uint8Array,
  offset: number,
  length: number,
  ethernet: boolean,
  reassembly: Reassembly,
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
  if (version === 4) return ipv4Payload(buffer, ip, end, reassembly);
  return version === 6 && end - ip >= 40 ? ipv6Payload(buffer, ip, end, reassembly) : undefined;
}

function ipv4Payload(buffer: Uint8Array, ip: number, end: number, reassembly: Reassembly): UdpPayload | undefined {
  const header = 4 * (buffer[ip]! & 15);
  if (header < 20 || buffer[ip + 9] !== UDP) return undefined;
  const address = formatIpv4(buffer, ip + 12);
  const field = u16be(buffer, ip + 6);
  if ((field & 0x3fff) === 0) return udpAt(buffer, ip + header, end, address);
  const stop = ip + u16be(buffer, ip + 2);
  // A fragment that the capture has cut cannot be put together.
  if (stop > end || stop < ip + header) return undefined;
  const whole = reassembly.add(buffer, {
    key: `${address} ${formatIpv4(buffer, ip + 16)} ${u16be(buffer, ip + 4)}`,
    at: 8 * (field & 0x1fff),
    start: ip + header,
    end: stop,
    last: (field & 0x2000) === 0,
  });
  return whole && udpAt(whole, 0, whole.length, address);
}

function ipv6Payload(buffer: Uint8Array, ip: number, end: number, reassembly: Reassembly): UdpPayload | undefined {
  const address = formatIpv6(buffer, ip + 8);
  let next = buffer[ip + 6]!;
  let at = ip + 40;
  while (EXTENSIONS.has(next) && end - at >= 8) {
    next = buffer[at]!;
    at += 8 * (buffer[at + 1]! + 1);
  }
  if (next === UDP) return udpAt(buffer, at, end, address);
  if (next !== FRAGMENT || end - at < 8) return undefined;
  const stop = ip + 40 + u16be(buffer, ip + 4);
  if (buffer[at] !== UDP || stop > end || stop < at + 8) return undefined;
  const field = u16be(buffer, at + 2);
  const whole = reassembly.add(buffer, {
    key: `${address} ${formatIpv6(buffer, ip + 24)} ${u32be(buffer, at + 4)}`,
    at: field & 0xfff8,
    start: at + 8,
    end: stop,
    last: (field & 1) === 0,
  });
  return whole && udpAt(whole, 0, whole.length, address);
}

function udpAt(buffer: Uint8Array, udp: number, end: number, address: string): UdpPayload | undefined {
  if (end - udp < 8) return undefined;
  const stated = u16be(buffer, udp + 4);
  if (stated < 8) return undefined;
  return {
    address,
    sourcePort: u16be(buffer, udp),
    destinationPort: u16be(buffer, udp + 2),
    buffer,
    start: udp + 8,
    end: Math.min(end, udp + stated),
  };
}
