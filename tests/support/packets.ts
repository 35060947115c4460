// A seeded office of flows as a capture file: the same bytes for the same seed, so that a difference can be looked at
// again.

const TCP = 6;
const UDP = 17;
const START_S = 1_767_225_600; // 2026-01-01T00:00:00Z
const FIN_ACK = 0x11;
const ACK = 0x10;
const SYN = 0x02;

/** Marsaglia's xorshift32: small, seeded, good enough to vary a test. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

interface Flow {
  readonly ipv6: boolean;
  readonly src: readonly number[];
  readonly dst: readonly number[];
  /** Upper-layer protocol number; 1 and 58 are echo requests. */
  readonly proto: number;
  readonly ports: readonly [number, number];
}

const ipv4 = (random: (below: number) => number): number[] => [10, random(4), random(256), 1 + random(254)];
const ipv6 = (random: (below: number) => number): number[] => {
  const last = 1 + random(0xfffe);
  return [0x20, 0x01, 0x0d, 0xb8, 0, random(4), 0, 0, 0, 0, 0, 0, 0, 0, last >>> 8, last & 0xff];
};

function createFlow(random: (below: number) => number): Flow {
  const isIpv6 = random(3) === 0;
  const address = isIpv6 ? ipv6 : ipv4;
  const proto = [TCP, TCP, TCP, UDP, UDP, isIpv6 ? 58 : 1][random(6)] ?? TCP;
  const service = [22, 53, 80, 443, 5201, 8080][random(6)] ?? 443;
  return {
    ipv6: isIpv6,
    src: address(random),
    dst: address(random),
    proto,
    ports: proto === TCP || proto === UDP ? [1024 + random(60_000), service] : [0, 0],
  };
}

function upperHeader(flow: Flow, flags: number): number[] {
  const [src, dst] = flow.ports;
  const both = [src >>> 8, src & 255, dst >>> 8, dst & 255];
  if (flow.proto === TCP) return [...both, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0];
  if (flow.proto === UDP) return [...both, 0, 0, 0, 0];
  return [flow.ipv6 ? 128 : 8, 0, 0, 0, 0, 1, 0, 1];
}

function ipv4Header(flow: Flow, length: number): number[] {
  const words = [0x45, 0, length >>> 8, length & 255, 0, 1, 0x40, 0, 64, flow.proto, 0, 0, ...flow.src, ...flow.dst];
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += ((words[i] ?? 0) << 8) | (words[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  words[10] = (~sum >>> 8) & 255;
  words[11] = ~sum & 255;
  return words;
}

function frame(flow: Flow, payload: number, flags: number): Uint8Array {
  const upper = upperHeader(flow, flags);
  const body = upper.length + payload;
  if (flow.proto === UDP) {
    upper[4] = body >>> 8;
    upper[5] = body & 255;
  }
  const header = flow.ipv6
    ? [0x60, 0, 0, 0, body >>> 8, body & 255, flow.proto, 64, ...flow.src, ...flow.dst]
    : ipv4Header(flow, 20 + body);
  const bytes = new Uint8Array(14 + header.length + body);
  bytes.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, ...(flow.ipv6 ? [0x86, 0xdd] : [8, 0])]);
  bytes.set(header, 14);
  bytes.set(upper, 14 + header.length);
  return bytes;
}

/** Link types of captures (LINKTYPE_ETHERNET, LINKTYPE_RAW). */
export const ETHERNET = 1;
export const RAW_IP = 101;

/** Writes the header of a classic capture file, little-endian, with times of microseconds: its first 24 bytes. */
export function captureHeader(view: DataView, linkType: number): void {
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 65_535, true);
  view.setUint32(20, linkType, true);
}

/**
 * A capture of `flows` flows of 1 to 40 packets over 100 seconds, in order of time: classic pcap, microseconds,
 * Ethernet. One packet in 50 belongs to no IP flow (ARP).
 */
export function makeCapture(seed: number, flows: number): Uint8Array {
  const random = createRandom(seed);
  const packets: { timeUs: number; bytes: Uint8Array }[] = [];
  const arp = new Uint8Array(60);
  arp.set([255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
  for (let i = 0; i < flows; i++) {
    const flow = createFlow(random);
    const count = 1 + random(40);
    let timeUs = random(60_000_000);
    for (let n = 0; n < count; n++) {
      const flags = n === 0 ? SYN : n === count - 1 ? FIN_ACK : ACK;
      packets.push({ timeUs, bytes: frame(flow, n === 0 ? 0 : random(1400), flags) });
      timeUs += random(2_000_000) / (1 + random(20));
      if (random(50) === 0) packets.push({ timeUs, bytes: arp });
    }
  }
  packets.sort((a, b) => a.timeUs - b.timeUs);
  const file = new Uint8Array(24 + packets.reduce((sum, each) => sum + 16 + each.bytes.length, 0));
  const view = new DataView(file.buffer);
  captureHeader(view, ETHERNET);
  let at = 24;
  for (const { timeUs, bytes } of packets) {
    view.setUint32(at, START_S + Math.floor(timeUs / 1e6), true);
    view.setUint32(at + 4, Math.floor(timeUs % 1e6), true);
    view.setUint32(at + 8, bytes.length, true);
    view.setUint32(at + 12, bytes.length, true);
    file.set(bytes, at + 16);
    at += 16 + bytes.length;
  }
  return file;
}

/** A capture of one frame. */
export function captureOf(frame: Uint8Array): Uint8Array {
  const words = [0xa1b2c3d4, 0x00040002, 0, 0, 65_535, 1, START_S, 0, frame.length, frame.length];
  return Buffer.concat([new Uint8Array(Uint32Array.from(words).buffer), frame]);
}
