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
    packet.tcp = (h & 3) !== 0;
    packet.tcpFlags = draw >>> 24 < 6 ? 0x11 : 0x18;
    packet.total = total ?? LENGTHS[draw % LENGTHS.length];
    packet.draw = draw;
  };
}

/**
 * Rank 0 to n - 1 with probability about 1 / (rank + 1): Zipf's law with exponent 1, by the inverse of its logarithm.
 */
function zipf(u, n) {
  return Math.min(n - 1, Math.floor((n + 1) ** u) - 1);
}

/**
 * What a border router sees: hosts after Zipf, flow sizes with a heavy tail (Pareto, shape 1.1, at most 100,000
 * packets), several thousand flows under way at once, 15 % of them IPv6, 10 % in a VLAN, TCP to few services, FIN at
 * the end.
 */
function realistic({ seed, underWay }) {
  const next = rng(seed);
  const unit = () => next() / 4294967296;
  const open = Array.from({ length: underWay }, () => null);
  let serial = 0;
  const begin = () => {
    const kind = unit();
    return {
      version: unit() < 0.15 ? 6 : 4,
      vlan: unit() < 0.1 ? 1 + zipf(unit(), 50) : 0,
      source: 0x0a000000 | zipf(unit(), 65_536),
      destination: 0xc6000000 | zipf(unit(), 1_000_000),
      sourcePort: 1024 + (serial++ % 64_000),
      destinationPort: [443, 443, 443, 80, 53, 22, 25, 123][next() % 8],
      tcp: kind < 0.8,
      left: Math.min(100_000, Math.ceil((1 - unit()) ** (-1 / 1.1))),
      large: unit() < 0.4,
    };
  };
  return (packet) => {
    const place = next() % underWay;
    const flow = (open[place] ??= begin());
    const draw = next();
    flow.left--;
    packet.version = flow.version;
    packet.vlan = flow.vlan;
    packet.source = flow.source;
    packet.destination = flow.destination;
    packet.sourcePort = flow.sourcePort;
    packet.destinationPort = flow.destinationPort;
    packet.tcp = flow.tcp;
    packet.tcpFlags = flow.left === 0 ? 0x11 : 0x18;
    packet.total = Math.max(60, flow.large ? 1500 : LENGTHS[draw % LENGTHS.length]);
    packet.draw = draw;
    if (flow.left === 0) open[place] = null;
  };
}

/** The traces: packets, and how they are drawn; they are spread evenly over the duration. */
export const TRACES = {
  // 1,200,000 flows to draw from: 4,000,000 draws meet 1,157,000 of them.
  "many-flow": { packets: 4_000_000, seconds: 20, draw: () => uniform({ flows: 1_200_000, seed: 1 }) },
  "few-flow": { packets: 4_000_000, seconds: 20, draw: () => uniform({ flows: 5_000, seed: 2 }) },
  realistic: { packets: 4_000_000, seconds: 60, draw: () => realistic({ seed: 3, underWay: 20_000 }) },
  // Ethernet frames of 64 bytes with their check sequence, and of 1518.
  "64-byte": { packets: 4_000_000, seconds: 20, draw: () => uniform({ flows: 50_000, seed: 4, total: 46 }) },
  "full-size": {
    packets: 1_000_000,
    seconds: 20,
    snap: 1514,
    draw: () => uniform({ flows: 50_000, seed: 5, total: 1500 }),
  },
};
