import type { FlowTotal } from "./capture.ts";
import { keyOf, type PacketFacts } from "./packet-facts.ts";

/** Where a tool puts a packet, and what it adds there. */
export interface Placement {
  readonly key: string;
  readonly packets: number;
  readonly bytes: number;
}

/** A reason for which a tool accounts some packets otherwise than by what their headers say. */
export interface Difference {
  readonly cause: string;
  readonly applies: (packet: PacketFacts) => boolean;
  /** @param placed what the rows before made of it */
  readonly place: (packet: PacketFacts, placed: Placement) => Placement | null;
}

const HOP_BY_HOP = 0;
const FRAGMENT = 44;
const ICMPV6 = 58;
const IPV4_HEADER = 20;
const LABEL_BYTES = 4;
const withoutPorts = (packet: PacketFacts): string => keyOf({ ...packet, ports: [0, 0] });
const asIs = (packet: PacketFacts): Placement => ({ key: keyOf(packet), packets: 1, bytes: packet.bytes });

/**
 * Known of softflowd 1.1.0 and of nfpcapd 1.7.1; all rows that apply to a packet count, in this order. Anything else is
 * unknown.
 */
export const DIFFERENCES = {
  softflowd: [
    {
      cause: "two VLAN tags: it reads one, and does not account what is behind two",
      applies: ({ tags }) => tags > 1,
      place: () => null,
    },
    {
      cause: "padding: it counts what follows the IP packet in a short frame",
      applies: ({ paddingBytes }) => paddingBytes > 0,
      place: (packet, placed) => ({ ...placed, bytes: placed.bytes + packet.paddingBytes }),
    },
    {
      cause: "MPLS: it counts the labels as bytes of the IP packet",
      applies: ({ labels }) => labels > 0,
      place: (packet, placed) => ({ ...placed, bytes: placed.bytes + LABEL_BYTES * packet.labels }),
    },
    {
      cause:
        "later fragments: it has no ports for them, in IPv6 no protocol either, and makes them a flow of their own",
      applies: ({ fragmentOffset }) => fragmentOffset > 0,
      place: (packet, placed) => ({
        ...placed,
        key: withoutPorts(packet.isIpv6 ? { ...packet, proto: 0 } : packet),
      }),
    },
    {
      cause: "ICMPv6: its v9 has no type and code",
      applies: ({ proto }) => proto === ICMPV6,
      place: (packet, placed) => ({ ...placed, key: withoutPorts(packet) }),
    },
  ],
  nfpcapd: [
    {
      cause: "802.1ad tags: it does not know their EtherType",
      applies: ({ tags }) => tags > 1,
      place: () => null,
    },
    {
      cause: "GRE and IP in IP: it accounts the inner packet, as ngflow does with --fields tunnel",
      applies: ({ proto, inner }) => inner !== undefined && [4, 41, 47].includes(proto),
      place: ({ inner }) => asIs(inner!),
    },
    {
      cause: "extension headers of IPv6: it goes no further than hop-by-hop options, which are the flow's protocol",
      applies: ({ hasExtensions }) => hasExtensions,
      place: (packet, placed) => ({ ...placed, key: withoutPorts({ ...packet, proto: HOP_BY_HOP }) }),
    },
    {
      cause: "fragments of IPv6: it goes no further than their header, which is the flow's protocol",
      applies: ({ isFragment, isIpv6 }) => isFragment && isIpv6,
      place: (packet, placed) => ({ ...placed, key: withoutPorts({ ...packet, proto: FRAGMENT }) }),
    },
    {
      cause: "later fragments of IPv4: it puts datagrams together, which are one packet then, with one IP header",
      applies: ({ fragmentOffset, isIpv6 }) => fragmentOffset > 0 && !isIpv6,
      place: (_packet, placed) => ({ ...placed, packets: 0, bytes: placed.bytes - IPV4_HEADER }),
    },
  ],
} as const satisfies Record<string, readonly Difference[]>;

/** What packets add up to as a tool sees them, and how many there were of each cause. */
export function accountedBy(
  packets: readonly PacketFacts[],
  differences: readonly Difference[],
): { flows: Map<string, FlowTotal>; causes: Map<string, number> } {
  const flows = new Map<string, FlowTotal>();
  const causes = new Map<string, number>();
  for (const packet of packets) {
    let placed: Placement | null = asIs(packet);
    for (const { cause, applies, place } of differences) {
      if (placed === null || !applies(packet)) continue;
      causes.set(cause, (causes.get(cause) ?? 0) + 1);
      placed = place(packet, placed);
    }
    if (placed === null) continue;
    const total = flows.get(placed.key) ?? { bytes: 0, packets: 0 };
    total.bytes += placed.bytes;
    total.packets += placed.packets;
    flows.set(placed.key, total);
  }
  return { flows, causes };
}
