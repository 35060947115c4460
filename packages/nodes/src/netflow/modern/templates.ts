import type { TemplateField, TemplateLayout } from "@ngflow/wire/encode";

/** Template ids, the same in v9 and IPFIX. */
export const TEMPLATE_IPV4 = 256;
export const TEMPLATE_IPV6 = 257;

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

/** Field order is the order in which `TemplateStream` writes. */
export const V9_TEMPLATES: readonly [TemplateLayout, TemplateLayout] = [
  { id: TEMPLATE_IPV4, fields: fields(...IPV4, ...COUNTS, ...V9_TIMES, ...TAIL) },
  { id: TEMPLATE_IPV6, fields: fields(...IPV6, ...COUNTS, ...V9_TIMES, ...TAIL) },
];

export const IPFIX_TEMPLATES: readonly [TemplateLayout, TemplateLayout] = [
  { id: TEMPLATE_IPV4, fields: fields(...IPV4, ...COUNTS, ...IPFIX_TIMES, ...TAIL, END_REASON) },
  { id: TEMPLATE_IPV6, fields: fields(...IPV6, ...COUNTS, ...IPFIX_TIMES, ...IPFIX_TAIL6, END_REASON) },
];
