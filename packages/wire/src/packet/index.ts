export { addressPairHash } from "./address-pair.ts";
export type { PacketColumns } from "./columns.ts";
export { skipToIp, withOuterTag } from "./ethernet.ts";
export { LinkFacts, MPLS_LABELS_MAX, readLinkFacts } from "./link-facts.ts";
export { ParsedPackets, parsePacket, parsePackets } from "./parse.ts";
export { SKIP_REASON_NAMES, SKIP_REASONS, type SkipReason } from "./skip-reason.ts";
export { enterTunnel, mayBeTunnel, TunnelEntry } from "./tunnel.ts";
