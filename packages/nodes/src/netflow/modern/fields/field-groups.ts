import type { TemplateField } from "@ngflow/wire/encode";

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

const field = (element: number, length: number): TemplateField => ({ element, length });

/** Elements of a group, in the order in which `ExtraColumn` writes them. */
const ELEMENTS: readonly (readonly [group: number, v4: readonly TemplateField[], v6: readonly TemplateField[]])[] = [
  // sourceMacAddress, destinationMacAddress.
  [GROUP_MAC, [field(56, 6), field(80, 6)], [field(56, 6), field(80, 6)]],
  // vlanId, dot1qVlanId, dot1qCustomerVlanId: the outer identifier twice, and the inner one.
  [GROUP_VLAN, [field(58, 2), field(243, 2), field(245, 2)], [field(58, 2), field(243, 2), field(245, 2)]],
  // mplsTopLabelStackSection, mplsLabelStackSection2, mplsLabelStackSection3.
  [GROUP_MPLS, [field(70, 3), field(71, 3), field(72, 3)], [field(70, 3), field(71, 3), field(72, 3)]],
  // flowLabelIPv6.
  [GROUP_LABEL, [], [field(31, 4)]],
  // layer2SegmentId.
  [GROUP_TUNNEL, [field(351, 8)], [field(351, 8)]],
  // bgpSourceAsNumber, bgpDestinationAsNumber.
  [GROUP_AS, [field(16, 4), field(17, 4)], [field(16, 4), field(17, 4)]],
  // ipNextHopIPv4Address, destinationIPv4PrefixLength, sourceIPv4PrefixLength; the same of IPv6.
  [GROUP_ROUTE, [field(15, 4), field(13, 1), field(9, 1)], [field(62, 16), field(30, 1), field(29, 1)]],
];

/** The optional fields of records of a family, for a choice of groups. */
export function extraFieldsOf(bits: number, family: 4 | 6): TemplateField[] {
  return ELEMENTS.flatMap(([group, v4, v6]) => ((bits & group) === 0 ? [] : family === 4 ? v4 : v6));
}
