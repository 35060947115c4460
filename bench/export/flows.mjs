// Which flow a packet belongs to and what it looks like: one function per trace, from a seeded generator.
import { rng } from "./rng.mjs";

const LENGTHS = [40, 52, 52, 60, 132, 576, 1280, 1500, 1500, 1500];

/** A number from which all properties of a flow are derived, so that no table of flows is needed. */
function mix(flow, salt) {
  const h = Math.imul(flow ^ salt, 0x9e3779b1);
  return h ^ (h >>> 15);
}

/** Packets drawn uniformly from a set of flows; TCP and UDP over IPv4. `total` fixes the IP length, else it varies. */
export function uniform({ flows, seed, total }) {
  const next = rng(seed);
  const salt = next();
  return (packet) => {
    const flow = next() % flows;
    const draw = next();
    const h = mix(flow, salt);
    packet.version = 4;
    packet.vlan = 0;
    packet.source = 0x0a000000 | (flow & 0xffffff);
    packet.destination = 0xc0a80000 | (h >>> 16);
    packet.sourcePort = 1024 + ((h >>> 4) & 0x7fff);
    packet.destinationPort = 443;
    packet.protocol = (h & 3) !== 0 ? "tcp" : "udp";
    packet.tcpFlags = draw >>> 24 < 6 ? 0x11 : 0x18;
    packet.total = total ?? LENGTHS[draw % LENGTHS.length];
    packet.draw = draw;
    packet.fragment = null;
  };
}

/**
 * Rank 0 to n - 1 with probability about 1 / (rank + 1): Zipf's law with exponent 1, by the inverse of its logarithm.
 */
function zipf(u, n) {
  return Math.min(n - 1, Math.floor((n + 1) ** u) - 1);
}

/** Of the UDP datagrams, how many are fragmented: so that 1 % of all packets are fragments. */
const FRAGMENTED = 0.027;
/** Payload of a fragment that is not the last: what fits into 1500 bytes, a multiple of 8. */
const FRAGMENT_PAYLOAD = { 4: 1480, 6: 1448 };

/**
 * What a border router sees: hosts after Zipf, flow sizes with a heavy tail (Pareto, shape 1.1, at most 100,000
 * packets), `underWay` flows at once; of the flows 15 % are IPv6, 5 % ICMP or ICMPv6, 10 % in a VLAN, the others TCP
 * and UDP to few services. TCP flows end with FIN. 1 % of the packets are fragments of UDP datagrams, in order.
 */
function mixed({ seed, underWay }) {
  const next = rng(seed);
  const unit = () => next() / 4294967296;
  const open = Array.from({ length: underWay }, () => null);
  let serial = 0;
  let datagrams = 0;
  const begin = () => {
    const kind = unit();
    return {
      version: unit() < 0.15 ? 6 : 4,
      vlan: unit() < 0.1 ? 1 + zipf(unit(), 50) : 0,
      source: 0x0a000000 | zipf(unit(), 65_536),
      destination: 0xc6000000 | zipf(unit(), 1_000_000),
      sourcePort: 1024 + (serial++ % 64_000),
      destinationPort: [443, 443, 443, 80, 53, 22, 25, 123][next() % 8],
      protocol: kind < 0.05 ? "icmp" : kind < 0.8 ? "tcp" : "udp",
      left: Math.min(100_000, Math.ceil((1 - unit()) ** (-1 / 1.1))),
      large: unit() < 0.4,
    };
  };
  /** The datagram of which fragments are still to come. */
  let pending = null;
  const nextFragment = (packet) => {
    const { flow, id, payload, offset } = pending;
    const full = FRAGMENT_PAYLOAD[flow.version];
    const bytes = Math.min(full, payload - offset);
    describe(packet, flow);
    packet.tcpFlags = 0;
    packet.total = (flow.version === 4 ? 20 : 48) + bytes;
    packet.fragment = { id, offset, more: offset + bytes < payload, payload };
    pending.offset += bytes;
    if (!packet.fragment.more) pending = null;
  };
  return (packet) => {
    if (pending !== null) return nextFragment(packet);
    const place = next() % underWay;
    const flow = (open[place] ??= begin());
    const draw = next();
    flow.left--;
    if (flow.left === 0) open[place] = null;
    packet.draw = draw;
    if (flow.protocol === "udp" && unit() < FRAGMENTED) {
      pending = { flow, id: ++datagrams, payload: FRAGMENT_PAYLOAD[flow.version] + 8 + (draw % 2800), offset: 0 };
      return nextFragment(packet);
    }
    describe(packet, flow);
    packet.tcpFlags = flow.left === 0 ? 0x11 : 0x18;
    packet.total = Math.max(flow.version === 4 ? 60 : 80, flow.large ? 1500 : LENGTHS[draw % LENGTHS.length]);
    packet.fragment = null;
  };
}

/** What all packets of a flow have. */
function describe(packet, flow) {
  packet.version = flow.version;
  packet.vlan = flow.vlan;
  packet.source = flow.source;
  packet.destination = flow.destination;
  packet.sourcePort = flow.sourcePort;
  packet.destinationPort = flow.destinationPort;
  packet.protocol = flow.protocol;
}

/** The traces: packets, and how they are drawn from a seed; they are spread evenly over the duration. */
export const TRACES = {
  // 1,200,000 flows to draw from: 4,000,000 draws meet 1,157,000 of them.
  "many-flow": { packets: 4_000_000, seconds: 20, seed: 1, draw: (seed) => uniform({ flows: 1_200_000, seed }) },
  mixed: { packets: 4_000_000, seconds: 60, seed: 3, draw: (seed) => mixed({ seed, underWay: 20_000 }) },
  "few-flow": { packets: 4_000_000, seconds: 20, seed: 2, draw: (seed) => uniform({ flows: 5_000, seed }) },
  // Ethernet frames of 64 bytes with their check sequence, and of 1518.
  "64-byte": { packets: 4_000_000, seconds: 20, seed: 4, draw: (seed) => uniform({ flows: 50_000, seed, total: 46 }) },
  "full-size": {
    packets: 1_000_000,
    seconds: 20,
    snap: 1514,
    seed: 5,
    draw: (seed) => uniform({ flows: 50_000, seed, total: 1500 }),
  },
};
