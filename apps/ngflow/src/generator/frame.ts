import { setU16be, setU32be, u16be } from "@ngflow/base";

/** One end of a session. Addresses are 16 bytes (IPv6) or 4 (IPv4). */
export interface Endpoint {
  readonly mac: Uint8Array;
  readonly address: Uint8Array;
  readonly l4: number;
}

/** Fields of a frame that differ from packet to packet. */
export interface FrameFacts {
  /** IANA protocol number: 1, 6, 17 or 58. */
  readonly protocol: number;
  readonly tos: number;
  readonly tcpFlags: number;
  /** IP packet length in bytes with headers; at least the length of the headers. */
  readonly ipBytes: number;
  /** TCP sequence number or ICMP sequence. */
  readonly sequence: number;
  readonly icmpType: number;
}

const ETHERNET_BYTES = 14;
const TCP = 6;
const UDP = 17;
const ICMP6 = 58;

/** Internet checksum (RFC 1071) of `length` bytes at `o`, added to a starting sum. */
function checksum(b: Uint8Array, o: number, length: number, start = 0): number {
  let sum = start;
  for (let i = 0; i + 1 < length; i += 2) sum += u16be(b, o + i);
  if (length % 2 === 1) sum += b[o + length - 1]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function l4HeaderBytes(protocol: number): number {
  return protocol === TCP ? 20 : 8;
}

/**
 * Writes an Ethernet frame with valid checksums at `o` of `b`, whatever `b` contains:
 * payload bytes are zeroed. Returns the frame's length.
 */
export function writeFrame(b: Uint8Array, o: number, from: Endpoint, to: Endpoint, facts: FrameFacts): number {
  const v6 = from.address.length === 16;
  const ipHeader = v6 ? 40 : 20;
  const ipBytes = Math.max(facts.ipBytes, ipHeader + l4HeaderBytes(facts.protocol));
  b.set(to.mac, o);
  b.set(from.mac, o + 6);
  setU16be(b, o + 12, v6 ? 0x86dd : 0x0800);
  const ip = o + ETHERNET_BYTES;
  b.fill(0, ip, ip + ipBytes);
  if (v6) writeIpv6(b, ip, from, to, facts, ipBytes);
  else writeIpv4(b, ip, from, to, facts, ipBytes);
  writeL4(b, ip + ipHeader, ipBytes - ipHeader, from, to, facts);
  return ETHERNET_BYTES + ipBytes;
}

function writeIpv4(b: Uint8Array, ip: number, from: Endpoint, to: Endpoint, facts: FrameFacts, ipBytes: number): void {
  b[ip] = 0x45;
  b[ip + 1] = facts.tos;
  setU16be(b, ip + 2, ipBytes);
  setU16be(b, ip + 4, facts.sequence & 0xffff);
  b[ip + 6] = 0x40;
  b[ip + 8] = 64;
  b[ip + 9] = facts.protocol;
  b.set(from.address, ip + 12);
  b.set(to.address, ip + 16);
  setU16be(b, ip + 10, checksum(b, ip, 20));
}

function writeIpv6(b: Uint8Array, ip: number, from: Endpoint, to: Endpoint, facts: FrameFacts, ipBytes: number): void {
  b[ip] = 0x60 | (facts.tos >>> 4);
  b[ip + 1] = (facts.tos & 0x0f) << 4;
  setU16be(b, ip + 4, ipBytes - 40);
  b[ip + 6] = facts.protocol;
  b[ip + 7] = 64;
  b.set(from.address, ip + 8);
  b.set(to.address, ip + 24);
}

function writeL4(b: Uint8Array, at: number, length: number, from: Endpoint, to: Endpoint, facts: FrameFacts): void {
  if (facts.protocol === TCP) {
    setU16be(b, at, from.l4);
    setU16be(b, at + 2, to.l4);
    setU32be(b, at + 4, facts.sequence);
    b[at + 12] = 0x50;
    b[at + 13] = facts.tcpFlags;
    setU16be(b, at + 14, 0xfaf0);
    setU16be(b, at + 16, checksum(b, at, length, pseudoHeaderSum(from, to, facts.protocol, length)));
  } else if (facts.protocol === UDP) {
    setU16be(b, at, from.l4);
    setU16be(b, at + 2, to.l4);
    setU16be(b, at + 4, length);
    setU16be(b, at + 6, checksum(b, at, length, pseudoHeaderSum(from, to, facts.protocol, length)) || 0xffff);
  } else {
    b[at] = facts.icmpType;
    setU16be(b, at + 4, from.l4);
    setU16be(b, at + 6, facts.sequence & 0xffff);
    const start = facts.protocol === ICMP6 ? pseudoHeaderSum(from, to, facts.protocol, length) : 0;
    setU16be(b, at + 2, checksum(b, at, length, start));
  }
}

/** Sum over the pseudo-header of TCP, UDP and ICMPv6 (RFC 9293 §3.1, RFC 8200 §8.1). */
function pseudoHeaderSum(from: Endpoint, to: Endpoint, protocol: number, length: number): number {
  let sum = protocol + length;
  for (let i = 0; i < from.address.length; i += 2) sum += u16be(from.address, i) + u16be(to.address, i);
  return sum;
}
