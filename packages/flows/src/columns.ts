/**
 * The flow column table: one row per column, and everything else is derived from it (DDL of every backend, the
 * FlowBatch layout, filter names, API fields, labels, units).
 *
 * `kind` is the storage: u8, u16, u32 little-endian integers; u64 two little-endian 32-bit words, low first; ms a u64
 * of Unix milliseconds; ip 16 bytes, IPv4 as ::ffff:a.b.c.d; mac a u64 holding 48 bits.
 * `elements` are the IANA information elements that fill the column, best first.
 */
export const COLUMNS = [
  { name: "TimeReceived", kind: "ms", role: "time", label: "Received", elements: [] },
  {
    name: "TimeStart",
    kind: "ms",
    role: "time",
    label: "Start",
    elements: ["flowStartMilliseconds", "flowStartSeconds", "flowStartSysUpTime"],
  },
  {
    name: "TimeEnd",
    kind: "ms",
    role: "time",
    label: "End",
    elements: ["flowEndMilliseconds", "flowEndSeconds", "flowEndSysUpTime"],
  },
  { name: "ExporterAddr", kind: "ip", role: "dimension", label: "Exporter", elements: [] },
  { name: "Domain", kind: "u32", role: "dimension", label: "Observation domain", elements: [] },
  { name: "Version", kind: "u8", role: "dimension", label: "Export version", elements: [] },
  { name: "IpVersion", kind: "u8", role: "dimension", label: "IP version", elements: ["ipVersion"] },
  {
    name: "SrcAddr",
    kind: "ip",
    role: "dimension",
    label: "Source address",
    elements: ["sourceIPv4Address", "sourceIPv6Address"],
  },
  {
    name: "DstAddr",
    kind: "ip",
    role: "dimension",
    label: "Destination address",
    elements: ["destinationIPv4Address", "destinationIPv6Address"],
  },
  { name: "SrcPort", kind: "u16", role: "dimension", label: "Source port", elements: ["sourceTransportPort"] },
  {
    name: "DstPort",
    kind: "u16",
    role: "dimension",
    label: "Destination port",
    elements: ["destinationTransportPort"],
  },
  { name: "Proto", kind: "u8", role: "dimension", label: "Protocol", elements: ["protocolIdentifier"] },
  { name: "TcpFlags", kind: "u16", role: "attribute", label: "TCP flags", elements: ["tcpControlBits"] },
  { name: "Tos", kind: "u8", role: "dimension", label: "Type of service", elements: ["ipClassOfService"] },
  { name: "IcmpType", kind: "u8", role: "dimension", label: "ICMP type", elements: ["icmpTypeIPv4", "icmpTypeIPv6"] },
  { name: "IcmpCode", kind: "u8", role: "dimension", label: "ICMP code", elements: ["icmpCodeIPv4", "icmpCodeIPv6"] },
  { name: "FlowLabel", kind: "u32", role: "attribute", label: "IPv6 flow label", elements: ["flowLabelIPv6"] },
  { name: "InIf", kind: "u32", role: "dimension", label: "Input interface", elements: ["ingressInterface"] },
  { name: "OutIf", kind: "u32", role: "dimension", label: "Output interface", elements: ["egressInterface"] },
  { name: "Direction", kind: "u8", role: "dimension", label: "Direction", elements: ["flowDirection"] },
  {
    name: "SrcMask",
    kind: "u8",
    role: "attribute",
    label: "Source prefix length",
    elements: ["sourceIPv4PrefixLength", "sourceIPv6PrefixLength"],
  },
  {
    name: "DstMask",
    kind: "u8",
    role: "attribute",
    label: "Destination prefix length",
    elements: ["destinationIPv4PrefixLength", "destinationIPv6PrefixLength"],
  },
  {
    name: "NextHop",
    kind: "ip",
    role: "dimension",
    label: "Next hop",
    elements: ["ipNextHopIPv4Address", "ipNextHopIPv6Address"],
  },
  { name: "SrcAS", kind: "u32", role: "dimension", label: "Source AS", elements: ["bgpSourceAsNumber"] },
  { name: "DstAS", kind: "u32", role: "dimension", label: "Destination AS", elements: ["bgpDestinationAsNumber"] },
  { name: "SrcMac", kind: "mac", role: "dimension", label: "Source MAC", elements: ["sourceMacAddress"] },
  {
    name: "DstMac",
    kind: "mac",
    role: "dimension",
    label: "Destination MAC",
    elements: ["destinationMacAddress", "postDestinationMacAddress"],
  },
  { name: "Vlan", kind: "u16", role: "dimension", label: "VLAN", elements: ["vlanId", "dot1qVlanId"] },
  {
    name: "MplsLabel",
    kind: "u32",
    role: "dimension",
    label: "Top MPLS label",
    elements: ["mplsTopLabelStackSection"],
  },
  { name: "EndReason", kind: "u8", role: "attribute", label: "Flow end reason", elements: ["flowEndReason"] },
  { name: "Bytes", kind: "u64", role: "counter", label: "Bytes", elements: ["octetDeltaCount", "octetTotalCount"] },
  {
    name: "Packets",
    kind: "u64",
    role: "counter",
    label: "Packets",
    elements: ["packetDeltaCount", "packetTotalCount"],
  },
  {
    name: "SamplingRate",
    kind: "u32",
    role: "attribute",
    label: "Sampling rate",
    elements: ["samplingInterval", "samplingPacketInterval"],
  },
  { name: "SamplingSource", kind: "u8", role: "attribute", label: "Source of the sampling rate", elements: [] },
] as const satisfies readonly FlowColumn[];

export type ColumnKind = "u8" | "u16" | "u32" | "u64" | "ms" | "ip" | "mac";

export interface FlowColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** What the column is for: queries group by dimensions, sum counters, cut by time; attributes are shown only. */
  readonly role: "time" | "dimension" | "attribute" | "counter";
  readonly label: string;
  readonly elements: readonly string[];
}

export type ColumnName = (typeof COLUMNS)[number]["name"];
export type DimensionName = Extract<(typeof COLUMNS)[number], { role: "dimension" }>["name"];

/** Bytes per row of a kind. */
export const KIND_BYTES = { u8: 1, u16: 2, u32: 4, u64: 8, ms: 8, ip: 16, mac: 8 } as const satisfies Record<
  ColumnKind,
  number
>;

/** Values of `SamplingSource`: where the sampling rate of a row came from. */
export const SAMPLING_SOURCES = ["none", "header", "data", "options", "manual"] as const;
