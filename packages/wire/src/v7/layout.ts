import { fieldSpecifier, newTemplate, type Template } from "../template/template.ts";

/**
 * NetFlow v7 header (Catalyst switches), 24 bytes: version(2) count(2) sysUptime(4) unixSecs(4) unixNsecs(4)
 * flowSequence(4) reserved(4).
 */
export const V7_HEADER_LENGTH = 24;

/** The 52-byte record: as v5, then flags of invalid fields and the address of the router that was bypassed. */
export const V7_RECORD: Template = newTemplate(0, [
  fieldSpecifier(0, 8, 4), // sourceIPv4Address
  fieldSpecifier(0, 12, 4), // destinationIPv4Address
  fieldSpecifier(0, 15, 4), // ipNextHopIPv4Address
  fieldSpecifier(0, 10, 2), // ingressInterface
  fieldSpecifier(0, 14, 2), // egressInterface
  fieldSpecifier(0, 2, 4), // packetDeltaCount
  fieldSpecifier(0, 1, 4), // octetDeltaCount
  fieldSpecifier(0, 22, 4), // flowStartSysUpTime
  fieldSpecifier(0, 21, 4), // flowEndSysUpTime
  fieldSpecifier(0, 7, 2), // sourceTransportPort
  fieldSpecifier(0, 11, 2), // destinationTransportPort
  fieldSpecifier(0, 210, 1),
  fieldSpecifier(0, 6, 1), // tcpControlBits
  fieldSpecifier(0, 4, 1), // protocolIdentifier
  fieldSpecifier(0, 5, 1), // ipClassOfService
  fieldSpecifier(0, 16, 2), // bgpSourceAsNumber
  fieldSpecifier(0, 17, 2), // bgpDestinationAsNumber
  fieldSpecifier(0, 9, 1), // sourceIPv4PrefixLength
  fieldSpecifier(0, 13, 1), // destinationIPv4PrefixLength
  fieldSpecifier(0, 210, 2),
  fieldSpecifier(0, 43, 4), // ipv4RouterSc
]);
