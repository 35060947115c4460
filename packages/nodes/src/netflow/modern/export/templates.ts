import type { TemplateField, TemplateLayout } from "@ngflow/wire/encode";
import { element } from "../fields/element.ts";
import { extraFieldsOf, GROUP_BIFLOW, VLAN_FIELDS } from "../fields/field-groups.ts";

/** Identifier of the first template, the same in v9 and IPFIX, and of the first one of flows with a tag. */
const TEMPLATE_IPV4 = 256;
const TEMPLATE_TAGGED = 3072;

const COUNTS = [
  element("sourceTransportPort", 2),
  element("destinationTransportPort", 2),
  element("protocolIdentifier", 1),
  element("ipClassOfService", 1),
  element("tcpControlBits", 1),
  element("flowDirection", 1),
  element("ingressInterface", 2),
  element("egressInterface", 2),
  element("packetDeltaCount", 4),
  element("octetDeltaCount", 8),
];

/** Milliseconds of uptime; v9 calls them FIRST_SWITCHED and LAST_SWITCHED. */
const V9_TIMES = [element("flowStartSysUpTime", 4), element("flowEndSysUpTime", 4)];
const IPFIX_TIMES = [element("flowStartMilliseconds", 8), element("flowEndMilliseconds", 8)];

const IPV4 = [element("sourceIPv4Address", 4), element("destinationIPv4Address", 4)];
const IPV6 = [element("sourceIPv6Address", 16), element("destinationIPv6Address", 16)];

/**
 * NetFlow v9 has one field for ICMP, ICMP_TYPE, for both families: collectors of v9 read no other, and nfcapd drops
 * type and code of ICMPv6 without it. IPFIX has one for each.
 */
const TAIL = [element("icmpTypeCodeIPv4", 2), element("ipVersion", 1)];
const IPFIX_TAIL6 = [element("icmpTypeCodeIPv6", 2), element("ipVersion", 1)];

/** Bytes of the VLANs of a flow with a tag, after all other fields. */
export const VLAN_BYTES = VLAN_FIELDS.reduce((sum, { length }) => sum + length, 0);

const END_REASON = element("flowEndReason", 1);

const REVERSE: readonly TemplateField[] = [
  element("reversePacketDeltaCount", 4),
  element("reverseOctetDeltaCount", 8),
  element("reverseFlowStartMilliseconds", 8),
  element("reverseFlowEndMilliseconds", 8),
  element("reverseTcpControlBits", 1),
  element("biflowDirection", 1),
];

/** Bytes of the fields of the reverse direction. */
export const REVERSE_BYTES = REVERSE.reduce((sum, { length }) => sum + length, 0);

/** Templates of a stream: flows of each family, and (IPFIX, when chosen) flows with their reverse direction. */
export interface StreamTemplates {
  readonly ipv4: TemplateLayout;
  readonly ipv6: TemplateLayout;
  readonly pair4: TemplateLayout | null;
  readonly pair6: TemplateLayout | null;
}

/**
 * The templates for a choice of groups; field order is the order in which `TemplateStream` writes. Every choice has
 * template identifiers of its own, so that none ever changes its meaning.
 * @param tagged for flows with a tag, while VLANs are part of the key
 */
export function createTemplates(version: 9 | 10, groups: number, tagged: boolean): StreamTemplates {
  const times = version === 9 ? V9_TIMES : IPFIX_TIMES;
  const reason = version === 9 ? [] : [END_REASON];
  const tail6 = version === 9 ? TAIL : IPFIX_TAIL6;
  const vlans = tagged ? VLAN_FIELDS : [];
  const id = (tagged ? TEMPLATE_TAGGED : TEMPLATE_IPV4) + 4 * groups;
  const ipv4 = [...IPV4, ...COUNTS, ...times, ...TAIL, ...reason, ...extraFieldsOf(groups, 4), ...vlans];
  const ipv6 = [...IPV6, ...COUNTS, ...times, ...tail6, ...reason, ...extraFieldsOf(groups, 6), ...vlans];
  const pairs = version === 10 && (groups & GROUP_BIFLOW) !== 0;
  return {
    ipv4: { id, fields: ipv4 },
    ipv6: { id: id + 1, fields: ipv6 },
    pair4: pairs ? { id: id + 2, fields: [...REVERSE, ...ipv4] } : null,
    pair6: pairs ? { id: id + 3, fields: [...REVERSE, ...ipv6] } : null,
  };
}
