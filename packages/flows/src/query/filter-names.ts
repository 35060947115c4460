import type { ValueName } from "./value-by-name.ts";

/** Other names of columns and derived values in filters. */
interface OtherNames {
  /** Lower case; one to four words. */
  readonly names: readonly string[];
  readonly columns: readonly ValueName[];
  /** Without an operator the value is a set of flags that must be set; the flow must be TCP. */
  readonly isFlagSet?: true;
  /** Protocols of which the flow must be one. */
  readonly protocols?: readonly number[];
}

const ICMP = [1, 58] as const;

/**
 * Names that nfdump and akvorado use, besides the aliases of the column table. A name is either here, or in
 * `REFUSED_NAMES` with the reason.
 */
export const OTHER_NAMES: readonly OtherNames[] = [
  { names: ["flags"], columns: ["TcpFlags"], isFlagSet: true },
  { names: ["icmp-type", "icmp type"], columns: ["IcmpType"], protocols: ICMP },
  { names: ["icmp-code", "icmp code"], columns: ["IcmpCode"], protocols: ICMP },
  { names: ["router ip", "exporter ip", "exporteraddress"], columns: ["ExporterAddr"] },
  { names: ["next ip"], columns: ["NextHop"] },
  { names: ["in packets"], columns: ["Packets"] },
  { names: ["in bytes"], columns: ["Bytes"] },
  { names: ["flowdir", "flowdirection"], columns: ["Direction"] },
  { names: ["observation domain id", "odid"], columns: ["Domain"] },
  { names: ["src tos", "iptos"], columns: ["Tos"] },
  { names: ["src vlan", "srcvlan"], columns: ["Vlan"] },
  { names: ["in src mac"], columns: ["SrcMac"] },
  { names: ["in dst mac"], columns: ["DstMac"] },
  { names: ["in mac"], columns: ["SrcMac", "DstMac"] },
  { names: ["mpls label1", "mpls label", "mpls1stlabel", "mplslabels"], columns: ["MplsLabel"] },
  { names: ["etype"], columns: ["IpVersion"] },
  { names: ["icmpv4type", "icmpv6type"], columns: ["IcmpType"] },
  { names: ["icmpv4code", "icmpv6code"], columns: ["IcmpCode"] },
  { names: ["ipv6flowlabel"], columns: ["FlowLabel"] },
  { names: ["srcnetmask"], columns: ["SrcMask"] },
  { names: ["dstnetmask"], columns: ["DstMask"] },
];

/** A name of another program that cannot be answered here. */
interface RefusedNames {
  /** Lower case; one to four words. */
  readonly names: readonly string[];
  readonly reason: string;
}

const NO_COLUMN = "is not a column of the store";
const ONE_LABEL = "only the top label of the stack is stored; use mpls label1";
const NO_ASA = "it has no column; use Extra and the name of the element";
const NO_BLOCK = "blocks of ports have no column; use Extra.portRangeStart and the like";
const NO_PAYLOAD = "payload is not stored";
const NO_GEO = "it has several meanings; use SrcCountry, DstCountry or country";
const NO_TUNNEL = "only one pair of addresses is stored; meter with --key tunnel for the inner ones";
const NO_NAME = "groups of exporters are not known";

const numbered = (text: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => text.replace("N", String(from + i)));

/** Primitives of nfdump and akvorado that a filter refuses. A name that becomes a column is found before these. */
export const REFUSED_NAMES: readonly RefusedNames[] = [
  { names: ["count"], reason: "flows have no record number; use limit" },
  { names: ["ident"], reason: "there are no named sources; use exporter or Domain" },
  { names: ["flows", "flow"], reason: "a stored flow counts once; use metric flows" },
  { names: ["sysid"], reason: "exporters have no number of the collector; use exporter" },
  { names: ["engine-type", "engine-id"], reason: "the engine of NetFlow v5 is Domain: type × 256 + id" },
  { names: ["dst tos"], reason: "only the value before forwarding is stored" },
  {
    names: ["out mac", "out src mac", "out dst mac"],
    reason: "one MAC address of each end is stored; use src mac or dst mac",
  },
  { names: ["prev as", "next as"], reason: `the adjacent AS ${NO_COLUMN}; use src as or dst as` },
  { names: numbered("mpls labelN", 2, 10), reason: ONE_LABEL },
  { names: [...numbered("mpls expN", 1, 10), "mpls eos"], reason: ONE_LABEL },
  { names: ["observation point id", "opid"], reason: `the observation point ${NO_COLUMN}; use Domain` },
  { names: ["geo", "src geo", "dst geo"], reason: NO_GEO },
  { names: ["tun proto", "tunip", "src tunip", "dst tunip", "tun ip"], reason: NO_TUNNEL },
  { names: ["payload", "payload content", "payload regex", "payload ja3"], reason: NO_PAYLOAD },
  { names: ["client latency", "server latency"], reason: `latency ${NO_COLUMN}` },
  { names: ["asa event denied", "asa xevent"], reason: NO_ASA },
  { names: ["ingress acl", "ingress ace", "ingress xace", "egress acl"], reason: NO_ASA },
  { names: ["pblock start", "pblock step", "pblock end"], reason: NO_BLOCK },
  { names: ["exportergroup", "exporterrole", "exportersite"], reason: NO_NAME },
  { names: ["exporterregion", "exportertenant"], reason: NO_NAME },
  { names: ["dstaspath", "dst1stas", "dst2ndas", "dst3rdas"], reason: `the AS path ${NO_COLUMN}; use dst as` },
  { names: ["dstcommunities", "dstlargecommunities"], reason: "BGP communities are not stored" },
  { names: ["ipfragmentid", "ipfragmentoffset"], reason: "fragments are not stored" },
  { names: ["mpls2ndlabel", "mpls3rdlabel", "mpls4thlabel"], reason: ONE_LABEL },
];
