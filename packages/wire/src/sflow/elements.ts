import { type FieldSpecifier, namedField, VARIABLE_LENGTH } from "../template/template.ts";
import type { AbstractType } from "../element/abstract-type.ts";

/** Marks elements that only sFlow has, as V9_SCOPE_PEN marks the scopes of v9: no message carries such a number. */
const SFLOW_PEN = -105;

/**
 * What sFlow says and the IANA registry has no element for, by the names of sFlow version 5
 * (https://sflow.org/sflow_version_5.txt), of its structures for discarded packets
 * (https://sflow.org/sflow_drops.txt) and tunnels (https://sflow.org/sflow_tunnels.txt), and of the MIBs that the
 * counters are from (RFC 2863, RFC 3635). The position is the element's number.
 */
const NAMES: readonly (readonly [name: string, type: AbstractType])[] = [
  ["sampleSequence", "unsigned32"],
  ["sourceIdType", "unsigned8"],
  ["sourceIdIndex", "unsigned32"],
  ["samplePool", "unsigned32"],
  ["sampleDrops", "unsigned32"],
  ["drops", "unsigned32"],
  ["dropReason", "unsigned32"],
  ["egressInterfaceCount", "unsigned32"],
  ["headerProtocol", "unsigned32"],
  ["srcPriority", "unsigned32"],
  ["dstPriority", "unsigned32"],
  ["bgpRouterAsNumber", "unsigned32"],
  ["bgpAsPath", "octetArray"],
  ["bgpCommunities", "octetArray"],
  ["bgpLocalPreference", "unsigned32"],
  ["sourceUser", "string"],
  ["destinationUser", "string"],
  ["url", "string"],
  ["urlHost", "string"],
  ["mplsInLabelStack", "octetArray"],
  ["mplsOutLabelStack", "octetArray"],
  ["mplsTunnelName", "string"],
  ["mplsTunnelId", "unsigned32"],
  ["mplsTunnelCos", "unsigned32"],
  ["mplsVcInstance", "string"],
  ["mplsVcId", "unsigned32"],
  ["mplsVcCos", "unsigned32"],
  ["vlanStack", "octetArray"],
  ["ingressVni", "unsigned32"],
  ["egressVni", "unsigned32"],
  ["tunnelSourceIPv4Address", "ipv4Address"],
  ["tunnelDestinationIPv4Address", "ipv4Address"],
  ["tunnelSourceIPv6Address", "ipv6Address"],
  ["tunnelDestinationIPv6Address", "ipv6Address"],
  ["egressQueue", "unsigned32"],
  ["aclNumber", "unsigned32"],
  ["aclName", "string"],
  ["aclDirection", "unsigned32"],
  ["functionSymbol", "string"],
  ["ifIndex", "unsigned32"],
  ["ifType", "unsigned32"],
  ["ifSpeed", "unsigned64"],
  ["ifDirection", "unsigned32"],
  ["ifStatus", "unsigned32"],
  ["ifInOctets", "unsigned64"],
  ["ifInUcastPkts", "unsigned32"],
  ["ifInMulticastPkts", "unsigned32"],
  ["ifInBroadcastPkts", "unsigned32"],
  ["ifInDiscards", "unsigned32"],
  ["ifInErrors", "unsigned32"],
  ["ifInUnknownProtos", "unsigned32"],
  ["ifOutOctets", "unsigned64"],
  ["ifOutUcastPkts", "unsigned32"],
  ["ifOutMulticastPkts", "unsigned32"],
  ["ifOutBroadcastPkts", "unsigned32"],
  ["ifOutDiscards", "unsigned32"],
  ["ifOutErrors", "unsigned32"],
  ["ifPromiscuousMode", "unsigned32"],
  ["dot3StatsAlignmentErrors", "unsigned32"],
  ["dot3StatsFCSErrors", "unsigned32"],
  ["dot3StatsSingleCollisionFrames", "unsigned32"],
  ["dot3StatsMultipleCollisionFrames", "unsigned32"],
  ["dot3StatsSQETestErrors", "unsigned32"],
  ["dot3StatsDeferredTransmissions", "unsigned32"],
  ["dot3StatsLateCollisions", "unsigned32"],
  ["dot3StatsExcessiveCollisions", "unsigned32"],
  ["dot3StatsInternalMacTransmitErrors", "unsigned32"],
  ["dot3StatsCarrierSenseErrors", "unsigned32"],
  ["dot3StatsFrameTooLongs", "unsigned32"],
  ["dot3StatsInternalMacReceiveErrors", "unsigned32"],
  ["dot3StatsSymbolErrors", "unsigned32"],
  ["vlanOctets", "unsigned64"],
  ["vlanUcastPkts", "unsigned32"],
  ["vlanMulticastPkts", "unsigned32"],
  ["vlanBroadcastPkts", "unsigned32"],
  ["vlanDiscards", "unsigned32"],
  ["cpuPercent5s", "unsigned32"],
  ["cpuPercent1m", "unsigned32"],
  ["cpuPercent5m", "unsigned32"],
  ["memoryTotal", "unsigned64"],
  ["memoryFree", "unsigned64"],
  ["portName", "string"],
];

const ids = new Map(NAMES.map(([name], id) => [name, id]));

/** A field of an arranged record, by the name of an element of sFlow, else of IANA. @throws RangeError without one */
export function field(name: string, length: number): FieldSpecifier {
  const id = ids.get(name);
  if (id === undefined) return namedField(name, length);
  return { pen: SFLOW_PEN, id, length, element: { pen: SFLOW_PEN, id, name, type: NAMES[id]![1] } };
}

/** A field of variable length. */
export function text(name: string): FieldSpecifier {
  return field(name, VARIABLE_LENGTH);
}
