import { setU16be, setU32be } from "@ngflow/base";

/** The kinds of traffic that are tried, including those that a remote shell needs. */
export const PROBE_KINDS = ["arp", "icmp", "tcp", "udp", "ipv6"] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

export type Direction = "in" | "out";

/** What a probe carries so that it is recognised wherever it comes out. */
export interface ProbeMark {
  readonly interface: number;
  readonly direction: Direction;
  readonly kind: ProbeKind;
  /** Number of the packet among those of its kind, from 0. */
  readonly serial: number;
}

const MAGIC = Uint8Array.of(0x6e, 0x67, 0x70, 0x72, 0x6f, 0x62, 0x65, 0x21);
const MARK_BYTES = MAGIC.length + 4;
const ETHER_BYTES = 14;
const SHELL_TCP_PORT = 22;
const CLIENT_TCP_PORT = 49152;
const TRACEROUTE_UDP_PORT = 33434;

/** MAC address of the station on the wire of interface number `index`. */
function stationMac(index: number): Uint8Array {
  return Uint8Array.of(0x02, 0x70, 0x72, 0x62, index >> 8, index & 0xff);
}

/**
 * An Ethernet frame between the station on an interface's wire and the host behind it, addresses from 198.18.0.0/15 and
 * 2001:2::/48 (benchmarking, RFC 2544 and RFC 5180), checksums of IPv4 headers right.
 * @param index number of the interface in the model, from 0.
 * @param mac the interface's own address.
 * @param serial number of the packet among those of its kind, 0 to 255.
 */
export function probeFrame(
  index: number,
  mac: Uint8Array,
  direction: Direction,
  kind: ProbeKind,
  serial = 0,
): Uint8Array {
  const body =
    kind === "arp"
      ? arp(index, mac, direction)
      : kind === "ipv6"
        ? ipv6(index, direction)
        : ipv4(index, direction, kind);
  const frame = new Uint8Array(ETHER_BYTES + body.length + MARK_BYTES);
  const station = stationMac(index);
  frame.set(direction === "in" ? mac : station, 0);
  frame.set(direction === "in" ? station : mac, 6);
  setU16be(frame, 12, kind === "arp" ? 0x0806 : kind === "ipv6" ? 0x86dd : 0x0800);
  frame.set(body, ETHER_BYTES);
  frame.set(MAGIC, ETHER_BYTES + body.length);
  const mark = ETHER_BYTES + body.length + MAGIC.length;
  frame[mark] = index;
  frame[mark + 1] = direction === "in" ? 0 : 1;
  frame[mark + 2] = PROBE_KINDS.indexOf(kind);
  frame[mark + 3] = serial;
  return frame;
}

/** The mark at the end of a packet; undefined when it is not a probe. */
export function probeMark(packet: Uint8Array): ProbeMark | undefined {
  const at = packet.length - MARK_BYTES;
  if (at < 0 || MAGIC.some((byte, i) => packet[at + i] !== byte)) return undefined;
  const [index, direction, kind, serial] = packet.subarray(at + MAGIC.length) as unknown as number[];
  const name = PROBE_KINDS[kind!];
  if (name === undefined) return undefined;
  return { interface: index!, direction: direction === 0 ? "in" : "out", kind: name, serial: serial! };
}

function address4(index: number, host: boolean): Uint8Array {
  return Uint8Array.of(198, 18, index & 0xff, host ? 1 : 2);
}

function arp(index: number, mac: Uint8Array, direction: Direction): Uint8Array {
  const body = new Uint8Array(28);
  body.set([0, 1, 8, 0, 6, 4, 0, 2]);
  body.set(direction === "in" ? stationMac(index) : mac, 8);
  body.set(address4(index, direction === "out"), 14);
  body.set(direction === "in" ? mac : stationMac(index), 18);
  body.set(address4(index, direction === "in"), 24);
  return body;
}

function ipv4(index: number, direction: Direction, kind: "icmp" | "tcp" | "udp"): Uint8Array {
  const payload = kind === "icmp" ? Uint8Array.of(8, 0, 0, 0, 0, 1, 0, 1) : kind === "tcp" ? tcp(direction) : udp();
  const packet = new Uint8Array(20 + payload.length);
  packet[0] = 0x45;
  setU16be(packet, 2, packet.length + MARK_BYTES);
  packet[8] = 64;
  packet[9] = kind === "icmp" ? 1 : kind === "tcp" ? 6 : 17;
  packet.set(address4(index, direction === "out"), 12);
  packet.set(address4(index, direction === "in"), 16);
  setU16be(packet, 10, headerChecksum(packet));
  packet.set(payload, 20);
  return packet;
}

/** A segment of the session of a remote shell. */
function tcp(direction: Direction): Uint8Array {
  const segment = new Uint8Array(20);
  setU16be(segment, 0, direction === "in" ? CLIENT_TCP_PORT : SHELL_TCP_PORT);
  setU16be(segment, 2, direction === "in" ? SHELL_TCP_PORT : CLIENT_TCP_PORT);
  setU32be(segment, 4, 1);
  segment[12] = 5 << 4;
  segment[13] = 0x18;
  setU16be(segment, 14, 65535);
  return segment;
}

function udp(): Uint8Array {
  const datagram = new Uint8Array(8);
  setU16be(datagram, 0, TRACEROUTE_UDP_PORT);
  setU16be(datagram, 2, TRACEROUTE_UDP_PORT);
  setU16be(datagram, 4, 8 + MARK_BYTES);
  return datagram;
}

function ipv6(index: number, direction: Direction): Uint8Array {
  const packet = new Uint8Array(40 + 8);
  packet[0] = 0x60;
  setU16be(packet, 4, 8 + MARK_BYTES);
  packet[6] = 17;
  packet[7] = 64;
  packet.set([0x20, 0x01, 0, 2], 8);
  packet.set([index & 0xff, direction === "out" ? 1 : 2], 22);
  packet.set([0x20, 0x01, 0, 2], 24);
  packet.set([index & 0xff, direction === "in" ? 1 : 2], 38);
  packet.set(udp(), 40);
  return packet;
}

function headerChecksum(header: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += (header[i]! << 8) | header[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
