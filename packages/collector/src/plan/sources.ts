import { type ColumnName, COLUMNS } from "@ngflow/flows";

/** Elements that fill a column when none of the column table's own is in the template, best first. */
const FALLBACKS: Partial<Record<ColumnName, readonly string[]>> = {
  TimeStart: [
    "flowStartMicroseconds",
    "flowStartNanoseconds",
    "flowStartDeltaMicroseconds",
    "observationTimeMilliseconds",
    "observationTimeMicroseconds",
    "observationTimeNanoseconds",
    "observationTimeSeconds",
  ],
  TimeEnd: [
    "flowEndMicroseconds",
    "flowEndNanoseconds",
    "flowEndDeltaMicroseconds",
    "observationTimeMilliseconds",
    "observationTimeMicroseconds",
    "observationTimeNanoseconds",
    "observationTimeSeconds",
  ],
  SrcPort: ["udpSourcePort", "tcpSourcePort"],
  DstPort: ["udpDestinationPort", "tcpDestinationPort"],
  InIf: ["ingressPhysicalInterface"],
  OutIf: ["egressPhysicalInterface"],
  Bytes: ["initiatorOctets", "layer2OctetDeltaCount", "postOctetDeltaCount"],
  Packets: ["initiatorPackets", "postPacketDeltaCount"],
  SamplingRate: ["samplerRandomInterval"],
};

/** Counters of the other direction that are not reverse elements (RFC 5103) but mean the same. */
export const RESPONDER_SOURCES: Partial<Record<ColumnName, readonly string[]>> = {
  Bytes: ["responderOctets"],
  Packets: ["responderPackets"],
};

/** Names of the elements that can fill a column, best first. */
export function columnSources(column: ColumnName): readonly string[] {
  const row = COLUMNS.find((c) => c.name === column);
  return [...(row?.elements ?? []), ...(FALLBACKS[column] ?? [])];
}
