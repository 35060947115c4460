import type { TemplateField, TemplateLayout } from "@ngflow/wire/encode";
import { extraFieldsOf, GROUP_BIFLOW } from "../fields/field-groups.ts";

/** Identifier of the first template, the same in v9 and IPFIX. */
const TEMPLATE_IPV4 = 256;

function fields(...rows: readonly (readonly [element: number, length: number])[]): TemplateField[] {
  return rows.map(([element, length]) => ({ element, length }));
}

/** sourceTransportPort, destinationTransportPort, protocolIdentifier, ipClassOfService, tcpControlBits, flowDirection,
 * ingressInterface, egressInterface, packetDeltaCount, octetDeltaCount. */
const COUNTS = [
  [7, 2],
  [11, 2],
  [4, 1],
  [5, 1],
  [6, 1],
  [61, 1],
  [10, 2],
  [14, 2],
  [2, 4],
  [1, 8],
] as const;

/** FIRST_SWITCHED, LAST_SWITCHED (milliseconds of uptime). */
const V9_TIMES = [
  [22, 4],
  [21, 4],
] as const;

/** flowStartMilliseconds, flowEndMilliseconds. */
const IPFIX_TIMES = [
  [152, 8],
  [153, 8],
] as const;

/** sourceIPv4Address, destinationIPv4Address; sourceIPv6Address, destinationIPv6Address. */
const IPV4 = [
  [8, 4],
  [12, 4],
] as const;
const IPV6 = [
  [27, 16],
  [28, 16],
] as const;

/**
 * ICMP type * 256 + code, ipVersion (60). NetFlow v9 has one field for ICMP, ICMP_TYPE (32), and collectors of v9 read
 * no other (nfcapd drops type and code of ICMPv6 without it); IPFIX has icmpTypeCodeIPv6 (139) beside it.
 */
const TAIL = [
  [32, 2],
  [60, 1],
] as const;
const IPFIX_TAIL6 = [
  [139, 2],
  [60, 1],
] as const;

/** flowEndReason. */
const END_REASON = [136, 1] as const;

/** Reverse elements have the number of the forward one under this enterprise (RFC 5103, section 6.1). */
const REVERSE_PEN = 29305;

/** reversePacketDeltaCount, reverseOctetDeltaCount, reverseFlowStart- and EndMilliseconds, reverseTcpControlBits; biflowDirection. */
const REVERSE: readonly TemplateField[] = [
  { element: 2, length: 4, enterprise: REVERSE_PEN },
  { element: 1, length: 8, enterprise: REVERSE_PEN },
  { element: 152, length: 8, enterprise: REVERSE_PEN },
  { element: 153, length: 8, enterprise: REVERSE_PEN },
  { element: 6, length: 1, enterprise: REVERSE_PEN },
  { element: 239, length: 1 },
];

/** Bytes of those fields. */
export const REVERSE_BYTES = 30;

/** Templates of a stream: flows of each family, and (IPFIX, when chosen) flows with their reverse direction. */
export interface StreamTemplates {
  readonly ipv4: TemplateLayout;
  readonly ipv6: TemplateLayout;
  readonly pair4: TemplateLayout | null;
  readonly pair6: TemplateLayout | null;
}

/**
 * The templates for a choice of groups; field order is the order in which `TemplateStream` writes. Every choice has template
 * identifiers of its own, so that none ever changes its meaning.
 */
export function createTemplates(version: 9 | 10, groups: number): StreamTemplates {
  const times = version === 9 ? V9_TIMES : IPFIX_TIMES;
  const reason = version === 9 ? [] : [END_REASON];
  const tail6 = version === 9 ? TAIL : IPFIX_TAIL6;
  const id = TEMPLATE_IPV4 + 4 * groups;
  const ipv4 = [...fields(...IPV4, ...COUNTS, ...times, ...TAIL, ...reason), ...extraFieldsOf(groups, 4)];
  const ipv6 = [...fields(...IPV6, ...COUNTS, ...times, ...tail6, ...reason), ...extraFieldsOf(groups, 6)];
  const pairs = version === 10 && (groups & GROUP_BIFLOW) !== 0;
  return {
    ipv4: { id, fields: ipv4 },
    ipv6: { id: id + 1, fields: ipv6 },
    pair4: pairs ? { id: id + 2, fields: [...REVERSE, ...ipv4] } : null,
    pair6: pairs ? { id: id + 3, fields: [...REVERSE, ...ipv6] } : null,
  };
}
