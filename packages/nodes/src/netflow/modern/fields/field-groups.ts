import type { TemplateField } from "@ngflow/wire/encode";
import { parseKeyParts } from "../../key-parts.ts";
import { element } from "./element.ts";

/** Groups of optional fields; each has one bit. */
export const FIELD_GROUPS = ["mac", "vlan", "mpls", "label", "tunnel", "biflow"] as const;
export const GROUP_MAC = 1;
export const GROUP_VLAN = 2;
export const GROUP_MPLS = 4;
export const GROUP_LABEL = 8;
export const GROUP_TUNNEL = 16;
export const GROUP_BIFLOW = 32;
/** Not chosen by message: there when the node has a routing table. */
export const GROUP_ROUTE = 64;
/** Not chosen by message: there when the node has a table of autonomous systems. */
export const GROUP_AS = 128;

/** The groups that are parts of a key by their names. @returns undefined when a name is unknown */
export function parseKey(text: string): number | undefined {
  return parseKeyParts(text)?.reduce((bits, part) => bits | (1 << FIELD_GROUPS.indexOf(part)), 0);
}

/**
 * Bits of group names, separated by commas or spaces; an empty text is none.
 * @returns undefined when a name is unknown
 */
export function parseFieldGroups(text: string): number | undefined {
  let bits = 0;
  for (const name of text.split(/[\s,]+/)) {
    if (name === "") continue;
    const at = FIELD_GROUPS.findIndex((group) => group === name);
    if (at < 0) return undefined;
    bits |= 1 << at;
  }
  return bits;
}

const MAC = [element("sourceMacAddress", 6), element("destinationMacAddress", 6)];
/** The outer identifier twice, and the inner one. */
export const VLAN_FIELDS = [element("vlanId", 2), element("dot1qVlanId", 2), element("dot1qCustomerVlanId", 2)];
const MPLS = [
  element("mplsTopLabelStackSection", 3),
  element("mplsLabelStackSection2", 3),
  element("mplsLabelStackSection3", 3),
];
const TUNNEL = [element("layer2SegmentId", 8)];
const AS = [element("bgpSourceAsNumber", 4), element("bgpDestinationAsNumber", 4)];
const ROUTE4 = [
  element("ipNextHopIPv4Address", 4),
  element("destinationIPv4PrefixLength", 1),
  element("sourceIPv4PrefixLength", 1),
];
const ROUTE6 = [
  element("ipNextHopIPv6Address", 16),
  element("destinationIPv6PrefixLength", 1),
  element("sourceIPv6PrefixLength", 1),
];

/** Elements of a group, in the order in which `ExtraColumn` writes them. */
const ELEMENTS: readonly (readonly [group: number, v4: readonly TemplateField[], v6: readonly TemplateField[]])[] = [
  [GROUP_MAC, MAC, MAC],
  [GROUP_VLAN, VLAN_FIELDS, VLAN_FIELDS],
  [GROUP_MPLS, MPLS, MPLS],
  [GROUP_LABEL, [], [element("flowLabelIPv6", 4)]],
  [GROUP_TUNNEL, TUNNEL, TUNNEL],
  [GROUP_AS, AS, AS],
  [GROUP_ROUTE, ROUTE4, ROUTE6],
];

/** The optional fields of records of a family, for a choice of groups. */
export function extraFieldsOf(bits: number, family: 4 | 6): TemplateField[] {
  return ELEMENTS.flatMap(([group, v4, v6]) => ((bits & group) === 0 ? [] : family === 4 ? v4 : v6));
}
