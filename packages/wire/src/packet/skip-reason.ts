/** Why a packet was not metered, in the order of their numbers; the sentence is the counter's help. */
export const SKIP_REASONS = {
  notIp: "The frame carries neither IPv4 nor IPv6; in a PPPoE session: another protocol of PPP.",
  truncatedLink: "The link header, a VLAN tag, an MPLS label or the PPPoE header is cut.",
  truncatedNetwork: "The IP header or an IPv6 extension header is cut.",
  truncatedTransport: "The part of the transport header that holds ports, type or flags is cut.",
  malformed:
    "The IP header contradicts itself (version, header length, total length), or the PPPoE length contradicts it or the frame.",
} as const;

/** Why a packet is not metered: a key of `SKIP_REASONS`. */
export type SkipReason = keyof typeof SKIP_REASONS;

/** Names by number. */
export const SKIP_REASON_NAMES = Object.keys(SKIP_REASONS) as readonly SkipReason[];

/** Numbers of the reasons, for the data path. */
export const SKIP_NOT_IP = 0;
export const SKIP_TRUNCATED_LINK = 1;
export const SKIP_TRUNCATED_NETWORK = 2;
export const SKIP_TRUNCATED_TRANSPORT = 3;
export const SKIP_MALFORMED = 4;
