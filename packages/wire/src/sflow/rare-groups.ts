import type { Group } from "./arranged.ts";
import { field, text } from "./elements.ts";
import { type Range, sample as s } from "./flow-sample.ts";
import { copyBytes, copyList, put16, put32 } from "./values.ts";

/** Bits of RARE_GROUPS. */
export const USER = 1;
export const URL = 1 << 1;
export const MPLS_STACKS = 1 << 2;
export const NAT4 = 1 << 3;
export const NAT6 = 1 << 4;
export const NAT_PORTS = 1 << 5;
export const MPLS_TUNNEL = 1 << 6;
export const MPLS_VC = 1 << 7;
export const VLAN_STACK = 1 << 8;
export const TUNNEL4 = 1 << 9;
export const TUNNEL6 = 1 << 10;
export const VNI_IN = 1 << 11;
export const VNI_OUT = 1 << 12;
export const QUEUE = 1 << 13;
export const ACL = 1 << 14;
export const FUNCTION = 1 << 15;

function list(bytes: Uint8Array, range: Range, out: Uint8Array, at: number): number {
  return copyList(bytes, range.at, range.length, out, at);
}

/** The parts of a flow record in the order of their bits: what few agents send. */
export const RARE_GROUPS: readonly Group[] = [
  {
    fields: [text("sourceUser"), text("destinationUser")],
    write: (bytes, out, at) => list(bytes, s.destinationUser, out, list(bytes, s.sourceUser, out, at)),
  },
  {
    fields: [text("url"), text("urlHost")],
    write: (bytes, out, at) => list(bytes, s.host, out, list(bytes, s.url, out, at)),
  },
  {
    fields: [text("mplsInLabelStack"), text("mplsOutLabelStack")],
    write: (bytes, out, at) => list(bytes, s.outLabels, out, list(bytes, s.inLabels, out, at)),
  },
  {
    fields: [field("postNATSourceIPv4Address", 4), field("postNATDestinationIPv4Address", 4)],
    write: (bytes, out, at) => {
      return copyBytes(bytes, s.natDestinationAt, 4, out, copyBytes(bytes, s.natSourceAt, 4, out, at));
    },
  },
  {
    fields: [field("postNATSourceIPv6Address", 16), field("postNATDestinationIPv6Address", 16)],
    write: (bytes, out, at) => {
      return copyBytes(bytes, s.natDestinationAt, 16, out, copyBytes(bytes, s.natSourceAt, 16, out, at));
    },
  },
  {
    fields: [field("postNAPTSourceTransportPort", 2), field("postNAPTDestinationTransportPort", 2)],
    write: (_bytes, out, at) => put16(out, put16(out, at, s.natSourcePort), s.natDestinationPort),
  },
  {
    fields: [text("mplsTunnelName"), field("mplsTunnelId", 4), field("mplsTunnelCos", 4)],
    write: (bytes, out, at) => put32(out, put32(out, list(bytes, s.tunnelName, out, at), s.tunnelId), s.tunnelCos),
  },
  {
    fields: [text("mplsVcInstance"), field("mplsVcId", 4), field("mplsVcCos", 4)],
    write: (bytes, out, at) => put32(out, put32(out, list(bytes, s.vcInstance, out, at), s.vcId), s.vcCos),
  },
  { fields: [text("vlanStack")], write: (bytes, out, at) => list(bytes, s.vlanStack, out, at) },
  {
    fields: [field("tunnelSourceIPv4Address", 4), field("tunnelDestinationIPv4Address", 4)],
    write: (bytes, out, at) => {
      return copyBytes(bytes, s.tunnelDestinationAt, 4, out, copyBytes(bytes, s.tunnelSourceAt, 4, out, at));
    },
  },
  {
    fields: [field("tunnelSourceIPv6Address", 16), field("tunnelDestinationIPv6Address", 16)],
    write: (bytes, out, at) => {
      return copyBytes(bytes, s.tunnelDestinationAt, 16, out, copyBytes(bytes, s.tunnelSourceAt, 16, out, at));
    },
  },
  { fields: [field("ingressVni", 4)], write: (_bytes, out, at) => put32(out, at, s.ingressVni) },
  { fields: [field("egressVni", 4)], write: (_bytes, out, at) => put32(out, at, s.egressVni) },
  { fields: [field("egressQueue", 4)], write: (_bytes, out, at) => put32(out, at, s.queue) },
  {
    fields: [field("aclNumber", 4), text("aclName"), field("aclDirection", 4)],
    write: (bytes, out, at) => {
      return put32(out, list(bytes, s.aclName, out, put32(out, at, s.aclNumber)), s.aclDirection);
    },
  },
  { fields: [text("functionSymbol")], write: (bytes, out, at) => list(bytes, s.functionSymbol, out, at) },
];
