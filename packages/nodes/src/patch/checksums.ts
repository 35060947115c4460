import { setU16be, setU32le, u16be } from "@ngflow/base";
import { crc32c } from "./crc32c.ts";
import { CSUM } from "./patch-types.ts";

const TCP = 6;
const UDP = 17;
const SCTP = 132;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
/** Extension headers of IPv6 that a packet's transport header may follow (RFC 8200 §4.1). */
const HOP_BY_HOP = 0;
const ROUTING = 43;
const DESTINATION_OPTIONS = 60;

/**
 * Makes the checksums again that `flags` names, in the IP packet from `ip` to `end`. Transport checksums need all of
 * the packet, and not a fragment. What is not such a packet stays as it is.
 * @param later the transport checksum is made later, from the sum over the pseudo-header in its place
 */
export function makeChecksums(bytes: Uint8Array, ip: number, end: number, flags: number, later = false): void {
  if (end - ip < IPV4_HEADER_BYTES) return;
  const version = bytes[ip]! >>> 4;
  if (version === 4) makeIpv4(bytes, ip, end, flags, later);
  else if (version === 6 && end - ip >= IPV6_HEADER_BYTES) makeIpv6(bytes, ip, end, flags, later);
}

function makeIpv4(bytes: Uint8Array, ip: number, end: number, flags: number, later: boolean): void {
  const header = (bytes[ip]! & 0x0f) * 4;
  if (header < IPV4_HEADER_BYTES || ip + header > end) return;
  if ((flags & CSUM.ip) !== 0) {
    setU16be(bytes, ip + 10, 0);
    setU16be(bytes, ip + 10, ~folded(sumOf(bytes, ip, header)));
  }
  const packet = u16be(bytes, ip + 2);
  const isFragment = (u16be(bytes, ip + 6) & 0x3fff) !== 0;
  if (packet < header || ip + packet > end || isFragment) return;
  const protocol = bytes[ip + 9]!;
  const wanted = flags & (protocol === TCP ? CSUM.ipTcp : protocol === UDP ? CSUM.ipUdp : CSUM.ipSctp);
  if (wanted === 0) return;
  makeTransport(bytes, ip + header, packet - header, protocol, sumOf(bytes, ip + 12, 8), later);
}

function makeIpv6(bytes: Uint8Array, ip: number, end: number, flags: number, later: boolean): void {
  const packet = u16be(bytes, ip + 4);
  const last = ip + IPV6_HEADER_BYTES + packet;
  if (packet === 0 || last > end) return;
  let protocol = bytes[ip + 6]!;
  let at = ip + IPV6_HEADER_BYTES;
  while (protocol === HOP_BY_HOP || protocol === ROUTING || protocol === DESTINATION_OPTIONS) {
    if (at + 8 > last) return;
    protocol = bytes[at]!;
    at += (bytes[at + 1]! + 1) * 8;
  }
  const wanted = flags & (protocol === TCP ? CSUM.ip6Tcp : protocol === UDP ? CSUM.ip6Udp : CSUM.ip6Sctp);
  if (wanted === 0 || at > last) return;
  makeTransport(bytes, at, last - at, protocol, sumOf(bytes, ip + 8, 32), later);
}

/** @param addresses sum over the addresses of the pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1). */
function makeTransport(
  bytes: Uint8Array,
  at: number,
  length: number,
  protocol: number,
  addresses: number,
  later: boolean,
): void {
  if (protocol === SCTP) {
    if (length < 12 || later) return;
    setU32le(bytes, at + 8, 0);
    setU32le(bytes, at + 8, crc32c(bytes, at, at + length));
  } else if (protocol === TCP || protocol === UDP) {
    const field = at + (protocol === TCP ? 16 : 6);
    if (field + 2 > at + length) return;
    setU16be(bytes, field, 0);
    const pseudoHeader = addresses + protocol + length;
    if (later) {
      setU16be(bytes, field, folded(pseudoHeader));
      return;
    }
    const sum = ~folded(sumOf(bytes, at, length) + pseudoHeader) & 0xffff;
    // In UDP 0 stands for no checksum (RFC 768).
    setU16be(bytes, field, sum === 0 && protocol === UDP ? 0xffff : sum);
  }
}

/** Sum of the 16-bit words of `length` bytes, the last one filled with zeros (RFC 1071). */
function sumOf(bytes: Uint8Array, at: number, length: number): number {
  const even = at + (length & ~1);
  let sum = 0;
  for (let i = at; i < even; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  return length % 2 === 0 ? sum : sum + (bytes[even]! << 8);
}

function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + (rest >>> 16);
  return rest;
}
