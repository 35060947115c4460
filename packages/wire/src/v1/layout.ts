import { fieldSpecifier, newTemplate, type Template } from "../template/template.ts";

/** NetFlow v1 header, 16 bytes: version(2) count(2) sysUptime(4) unixSecs(4) unixNsecs(4). */
export const V1_HEADER_LENGTH = 16;

const fields = [
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
  fieldSpecifier(0, 210, 2),
  fieldSpecifier(0, 4, 1), // protocolIdentifier
  fieldSpecifier(0, 5, 1), // ipClassOfService
  fieldSpecifier(0, 6, 1), // tcpControlBits
];

/** The 52-byte record of Cisco's description: three bytes and two words that mean nothing any more end it. */
export const V1_RECORD: Template = newTemplate(0, [...fields, fieldSpecifier(0, 210, 11)]);

/** The 48-byte record that softflowd and others write. */
export const V1_SHORT_RECORD: Template = newTemplate(0, [...fields, fieldSpecifier(0, 210, 7)]);
