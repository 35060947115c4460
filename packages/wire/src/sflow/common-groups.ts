import { u16be } from "@ngflow/base";
import type { Group } from "./arranged.ts";
import { field, text } from "./elements.ts";
import { sample as s } from "./flow-sample.ts";
import { copyBytes, copyList, put16, put32, put8 } from "./values.ts";

/** Bits of COMMON_GROUPS. */
export const SAMPLED = 1;
export const DISCARDED = 1 << 1;
export const INPUT = 1 << 2;
export const OUTPUT = 1 << 3;
export const OUTPUT_DROPPED = 1 << 4;
export const OUTPUT_MANY = 1 << 5;
export const HEADER = 1 << 6;
export const ETHERNET = 1 << 7;
export const TAG = 1 << 8;
export const INNER_TAG = 1 << 9;
export const MPLS = 1 << 10;
export const IPV4 = 1 << 11;
export const IPV6 = 1 << 12;
export const IPV4_HEADER = 1 << 13;
export const IPV6_HEADER = 1 << 14;
export const PORTS = 1 << 15;
export const TCP = 1 << 16;
export const UDP = 1 << 17;
export const ICMP4 = 1 << 18;
export const ICMP6 = 1 << 19;
export const VLAN_IN = 1 << 20;
export const VLAN_OUT = 1 << 21;
export const NEXT_HOP4 = 1 << 22;
export const NEXT_HOP6 = 1 << 23;
export const BGP = 1 << 24;
export const BGP_PATH = 1 << 25;
export const BGP_HOP4 = 1 << 26;
export const BGP_HOP6 = 1 << 27;

/** What a flow is made of: the origin, the interfaces and the packet's own key. */
export const ESSENTIAL = [
  ...[SAMPLED, DISCARDED, INPUT, OUTPUT, OUTPUT_DROPPED, OUTPUT_MANY],
  ...[IPV4, IPV6, PORTS, TCP, ICMP4, ICMP6],
].reduce((all, bit) => all | bit, 0);

function origin(out: Uint8Array, at: number): number {
  let o = put32(out, at, s.sequence);
  o = put8(out, o, s.sourceType);
  return put32(out, o, s.sourceIndex);
}

const ORIGIN = [field("sampleSequence", 4), field("sourceIdType", 1), field("sourceIdIndex", 4)];

function ip(bytes: Uint8Array, out: Uint8Array, at: number, version: number, addressBytes: number): number {
  let o = put8(out, at, version);
  o = copyBytes(bytes, s.sourceAt, addressBytes, out, o);
  o = copyBytes(bytes, s.destinationAt, addressBytes, out, o);
  o = put8(out, o, s.protocol);
  o = put8(out, o, s.tos);
  return put32(out, o, s.octets);
}

/** The parts of a flow record in the order of their bits: what most agents send. */
export const COMMON_GROUPS: readonly Group[] = [
  {
    fields: [
      ...ORIGIN,
      ...[field("samplingInterval", 4), field("samplePool", 4), field("sampleDrops", 4)],
      field("packetDeltaCount", 1),
    ],
    write: (_bytes, out, at) => {
      let o = put32(out, origin(out, at), s.rate);
      o = put32(out, o, s.pool);
      return put8(out, put32(out, o, s.drops), 1);
    },
  },
  {
    fields: [...ORIGIN, field("drops", 4), field("dropReason", 4)],
    write: (_bytes, out, at) => put32(out, put32(out, origin(out, at), s.drops), s.dropReason),
  },
  { fields: [field("ingressInterface", 4)], write: (_bytes, out, at) => put32(out, at, s.input) },
  { fields: [field("egressInterface", 4)], write: (_bytes, out, at) => put32(out, at, s.output) },
  { fields: [field("dropReason", 4)], write: (_bytes, out, at) => put32(out, at, s.output) },
  { fields: [field("egressInterfaceCount", 4)], write: (_bytes, out, at) => put32(out, at, s.output) },
  {
    fields: [field("dataLinkFrameSize", 4), field("headerProtocol", 4)],
    write: (_bytes, out, at) => put32(out, put32(out, at, s.frameLength), s.headerProtocol),
  },
  {
    fields: [field("destinationMacAddress", 6), field("sourceMacAddress", 6), field("ethernetType", 2)],
    write: (bytes, out, at) => {
      const o = copyBytes(bytes, s.destinationMacAt, 6, out, at);
      return put16(out, copyBytes(bytes, s.sourceMacAt, 6, out, o), s.etherType);
    },
  },
  {
    fields: [field("dot1qVlanId", 2), field("dot1qPriority", 1)],
    write: (_bytes, out, at) => put8(out, put16(out, at, s.outerTag & 0xfff), s.outerTag >>> 13),
  },
  {
    fields: [field("dot1qCustomerVlanId", 2), field("dot1qCustomerPriority", 1)],
    write: (_bytes, out, at) => put8(out, put16(out, at, s.innerTag & 0xfff), s.innerTag >>> 13),
  },
  {
    fields: [field("mplsTopLabelStackSection", 3)],
    write: (_bytes, out, at) => put16(out, put8(out, at, s.topLabel >>> 16), s.topLabel & 0xffff),
  },
  {
    fields: [
      ...[field("ipVersion", 1), field("sourceIPv4Address", 4), field("destinationIPv4Address", 4)],
      ...[field("protocolIdentifier", 1), field("ipClassOfService", 1), field("octetDeltaCount", 4)],
    ],
    write: (bytes, out, at) => ip(bytes, out, at, 4, 4),
  },
  {
    fields: [
      ...[field("ipVersion", 1), field("sourceIPv6Address", 16), field("destinationIPv6Address", 16)],
      ...[field("protocolIdentifier", 1), field("ipClassOfService", 1), field("octetDeltaCount", 4)],
    ],
    write: (bytes, out, at) => ip(bytes, out, at, 6, 16),
  },
  {
    fields: [
      ...[field("ipTTL", 1), field("totalLengthIPv4", 2), field("fragmentIdentification", 2)],
      ...[field("ipv4IHL", 1), field("fragmentOffset", 2), field("fragmentFlags", 1)],
    ],
    write: (bytes, out, at) => {
      const h = s.ipAt;
      let o = put8(out, at, bytes[h + 8]!);
      o = copyBytes(bytes, h + 2, 4, out, o);
      o = put8(out, o, bytes[h]! & 0x0f);
      o = put16(out, o, u16be(bytes, h + 6) & 0x1fff);
      return put8(out, o, bytes[h + 6]! & 0xe0);
    },
  },
  {
    fields: [
      ...[field("ipTTL", 1), field("payloadLengthIPv6", 2), field("nextHeaderIPv6", 1), field("flowLabelIPv6", 4)],
    ],
    write: (bytes, out, at) => {
      const h = s.ipAt;
      let o = put8(out, at, bytes[h + 7]!);
      o = copyBytes(bytes, h + 4, 2, out, o);
      o = put8(out, o, bytes[h + 6]!);
      return put32(out, o, ((bytes[h + 1]! & 0x0f) << 16) | u16be(bytes, h + 2));
    },
  },
  {
    fields: [field("sourceTransportPort", 2), field("destinationTransportPort", 2)],
    write: (_bytes, out, at) => put16(out, put16(out, at, s.sourcePort), s.destinationPort),
  },
  { fields: [field("tcpControlBits", 1)], write: (_bytes, out, at) => put8(out, at, s.tcpFlags) },
  { fields: [field("udpMessageLength", 2)], write: (_bytes, out, at) => put16(out, at, s.udpLength) },
  {
    fields: [field("icmpTypeIPv4", 1), field("icmpCodeIPv4", 1)],
    write: (_bytes, out, at) => put16(out, at, s.icmp),
  },
  {
    fields: [field("icmpTypeIPv6", 1), field("icmpCodeIPv6", 1)],
    write: (_bytes, out, at) => put16(out, at, s.icmp),
  },
  {
    fields: [field("vlanId", 2), field("srcPriority", 4)],
    write: (_bytes, out, at) => put32(out, put16(out, at, s.sourceVlan), s.sourcePriority),
  },
  {
    fields: [field("postVlanId", 2), field("dstPriority", 4)],
    write: (_bytes, out, at) => put32(out, put16(out, at, s.destinationVlan), s.destinationPriority),
  },
  {
    fields: [
      field("ipNextHopIPv4Address", 4),
      ...[field("sourceIPv4PrefixLength", 1), field("destinationIPv4PrefixLength", 1)],
    ],
    write: (bytes, out, at) => masks(out, copyBytes(bytes, s.nextHopAt, 4, out, at)),
  },
  {
    fields: [
      field("ipNextHopIPv6Address", 16),
      ...[field("sourceIPv6PrefixLength", 1), field("destinationIPv6PrefixLength", 1)],
    ],
    write: (bytes, out, at) => masks(out, copyBytes(bytes, s.nextHopAt, 16, out, at)),
  },
  {
    fields: [
      ...[field("bgpRouterAsNumber", 4), field("bgpSourceAsNumber", 4), field("bgpPrevAdjacentAsNumber", 4)],
      ...[field("bgpLocalPreference", 4), text("bgpCommunities")],
    ],
    write: (bytes, out, at) => {
      let o = put32(out, at, s.routerAs);
      o = put32(out, o, s.sourceAs);
      o = put32(out, o, s.sourcePeerAs);
      o = put32(out, o, s.localPreference);
      return copyList(bytes, s.communities.at, s.communities.length, out, o);
    },
  },
  {
    fields: [field("bgpNextAdjacentAsNumber", 4), field("bgpDestinationAsNumber", 4), text("bgpAsPath")],
    write: (bytes, out, at) => {
      const o = put32(out, put32(out, at, s.destinationPeerAs), s.destinationAs);
      return copyList(bytes, s.path.at, s.path.length, out, o);
    },
  },
  {
    fields: [field("bgpNextHopIPv4Address", 4)],
    write: (bytes, out, at) => copyBytes(bytes, s.bgpNextHopAt, 4, out, at),
  },
  {
    fields: [field("bgpNextHopIPv6Address", 16)],
    write: (bytes, out, at) => copyBytes(bytes, s.bgpNextHopAt, 16, out, at),
  },
];

function masks(out: Uint8Array, at: number): number {
  return put8(out, put8(out, at, s.sourceMask), s.destinationMask);
}
