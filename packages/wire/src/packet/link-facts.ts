import { ETHERTYPE_PPPOE_SESSION, isVlan, PPPOE_BYTES } from "./ethernet.ts";

/** Labels of an MPLS stack that are kept; deeper ones are ignored. */
export const MPLS_LABELS_MAX = 3;

/** Tags and labels between an Ethernet frame's EtherType and its IP header. */
export class LinkFacts {
  /** Tags in the order of the frame: outermost first. */
  vlanTags = 0;
  outerTag = 0;
  innerTag = 0;
  /** Label stack entries without their time to live (label, experimental bits, bottom of stack), top first. */
  mplsLabels = 0;
  readonly labels = new Uint32Array(MPLS_LABELS_MAX);
}

/**
 * Reads tags and labels of a frame that `skipToIp` found an IP header in: every length has been checked there.
 * @param at offset of the first byte after the EtherType
 * @returns offset of the IP header
 */
export function readLinkFacts(buffer: Uint8Array, at: number, etherType: number, facts: LinkFacts): number {
  facts.vlanTags = 0;
  facts.outerTag = 0;
  facts.innerTag = 0;
  facts.mplsLabels = 0;
  facts.labels.fill(0);
  let type = etherType;
  let p = at;
  while (isVlan(type)) {
    const tag = (buffer[p]! << 8) | buffer[p + 1]!;
    if (facts.vlanTags === 0) facts.outerTag = tag;
    else if (facts.vlanTags === 1) facts.innerTag = tag;
    facts.vlanTags++;
    type = (buffer[p + 2]! << 8) | buffer[p + 3]!;
    p += 4;
  }
  if (type === ETHERTYPE_PPPOE_SESSION) return p + PPPOE_BYTES;
  if (type !== 0x8847 && type !== 0x8848) return p;
  for (;;) {
    const entry = (buffer[p]! << 16) | (buffer[p + 1]! << 8) | buffer[p + 2]!;
    if (facts.mplsLabels < MPLS_LABELS_MAX) facts.labels[facts.mplsLabels] = entry;
    facts.mplsLabels++;
    p += 4;
    if ((entry & 1) === 1) return p;
  }
}
