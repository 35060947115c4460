import { u16be, u32be } from "@ngflow/base";
import { LinkFacts, parsePacket, readLinkFacts } from "../packet/index.ts";
import { SKIP_TRUNCATED_TRANSPORT } from "../packet/skip-reason.ts";
import * as group from "./common-groups.ts";
import { sample as s } from "./flow-sample.ts";

/** Header protocols whose headers are read (sFlow version 5, enum header_protocol). */
const ETHERNET = 1;
const IPV4 = 11;
const IPV6 = 12;

const facts = new LinkFacts();
let viewed: Uint8Array = new Uint8Array(0);
let view: DataView = new DataView(viewed.buffer);

/**
 * Reads the header of a sampled packet, `bytes[at, end)`, with the parser that meters packets. What is cut is left out.
 * @param wireLength bytes of the packet from the first byte of the header on
 */
export function readSampledHeader(bytes: Uint8Array, at: number, end: number, wireLength: number): void {
  const ethernet = s.headerProtocol === ETHERNET;
  if (!ethernet && s.headerProtocol !== IPV4 && s.headerProtocol !== IPV6) return;
  if (viewed !== bytes) {
    viewed = bytes;
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  s.parsed.fragmentCount = 0;
  parsePacket(bytes, view, at, end - at, wireLength, ethernet, 0, s.parsed);
  if (ethernet && end - at >= 14) {
    s.present |= group.ETHERNET;
    s.destinationMacAt = at;
    s.sourceMacAt = at + 6;
    s.etherType = u16be(bytes, at + 12);
  }
  const kind = s.parsed.kind[0]!;
  if (kind < 0 && kind !== -1 - SKIP_TRUNCATED_TRANSPORT) return;
  if (ethernet) readTags(bytes, at);
  readIp(bytes, end, kind > 0);
}

function readTags(bytes: Uint8Array, at: number): void {
  readLinkFacts(bytes, at + 14, s.etherType, facts);
  if (facts.vlanTags > 0) s.present |= group.TAG;
  if (facts.vlanTags > 1) s.present |= group.INNER_TAG;
  if (facts.mplsLabels > 0) s.present |= group.MPLS;
  s.outerTag = facts.outerTag;
  s.innerTag = facts.innerTag;
  s.topLabel = facts.labels[0]!;
}

/** @param whole whether the transport header is there */
function readIp(bytes: Uint8Array, end: number, whole: boolean): void {
  const { parsed } = s;
  const ipv4 = parsed.family[0] === 4;
  const h = parsed.ipAt;
  s.ipAt = h;
  s.sourceAt = h + (ipv4 ? 12 : 8);
  s.destinationAt = h + (ipv4 ? 16 : 24);
  s.present |= ipv4 ? group.IPV4 | group.IPV4_HEADER : group.IPV6 | group.IPV6_HEADER;
  const meta = parsed.meta[0]!;
  s.protocol = meta & 0xff;
  s.tos = (meta >>> 8) & 0xff;
  s.octets = parsed.bytes[0]!;
  const laterFragment = parsed.fragmentCount > 0 && parsed.fragmentLater[0] === 1;
  if (!whole || laterFragment) return;
  const ports = parsed.ports[0]!;
  // The parser keeps the bytes of the packet's order in little-endian words.
  setTransport(swap16(ports & 0xffff), swap16(ports >>> 16), parsed.tcpFlags[0]!);
  if (s.protocol === 17 && ipv4) readUdpLength(bytes, h + (bytes[h]! & 0x0f) * 4, end);
  else if (s.protocol === 17 && bytes[h + 6] === 17) readUdpLength(bytes, h + 40, end);
}

function readUdpLength(bytes: Uint8Array, at: number, end: number): void {
  if (end - at < 6) return;
  s.udpLength = u16be(bytes, at + 4);
  s.present |= group.UDP;
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}

/** Ports, or the type and code of ICMP in place of the destination port, and TCP flags, as the protocol has them. */
export function setTransport(source: number, destination: number, flags: number): void {
  const { protocol } = s;
  if (protocol === 1 && (s.present & group.IPV4) !== 0) {
    s.icmp = destination;
    s.present |= group.ICMP4;
  } else if (protocol === 58 && (s.present & group.IPV6) !== 0) {
    s.icmp = destination;
    s.present |= group.ICMP6;
  } else if (protocol === 6 || protocol === 17 || protocol === 132 || protocol === 136 || protocol === 33) {
    s.sourcePort = source;
    s.destinationPort = destination;
    s.present |= group.PORTS;
    if (protocol === 6) {
      s.tcpFlags = flags;
      s.present |= group.TCP;
    }
  }
}

/** Reads `sampled_ipv4` (`addressBytes` 4) or `sampled_ipv6` (16) at `at`: what the agent itself read of the packet. */
export function readSampledIp(bytes: Uint8Array, at: number, addressBytes: 4 | 16): void {
  s.octets = u32be(bytes, at);
  s.protocol = u32be(bytes, at + 4) & 0xff;
  s.sourceAt = at + 8;
  s.destinationAt = s.sourceAt + addressBytes;
  const rest = s.destinationAt + addressBytes;
  s.tos = u32be(bytes, rest + 12) & 0xff;
  s.present |= addressBytes === 4 ? group.IPV4 : group.IPV6;
  // An agent has no field for type and code of ICMP; those that send them put them where the ports are.
  if (s.protocol === 1 || s.protocol === 58) return;
  setTransport(u32be(bytes, rest) & 0xffff, u32be(bytes, rest + 4) & 0xffff, u32be(bytes, rest + 8) & 0xff);
}
