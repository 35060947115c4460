// Seeded capture files for `npm run bench:export`: microsecond pcap, Ethernet, IPv4, TCP and UDP, cut to a snap length as a
// metering point would. The same arguments give the same bytes.
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

/** xorshift128. */
function rng(seed) {
  let [x, y, z, w] = [seed | 1, 362436069, 521288629, 88675123];
  return () => {
    const t = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return w >>> 0;
  };
}

/** The traces: packets drawn uniformly from a set of flows, spread evenly over the duration. */
export const TRACES = {
  // 1,200,000 flows to draw from: 4,000,000 draws meet 1,157,000 of them.
  "many-flow": { packets: 4_000_000, flows: 1_200_000, seconds: 20, seed: 1 },
  "few-flow": { packets: 4_000_000, flows: 5_000, seconds: 20, seed: 2 },
};

const SNAP = 66;
const LENGTHS = [40, 52, 52, 60, 132, 576, 1280, 1500, 1500, 1500];
const START_SECONDS = 1_700_000_000;

/** Writes trace `name` into `directory` unless it is there. Returns its path, packets and bytes (IP total lengths). */
export function makeTrace(name, directory, { packets, flows, seconds, seed } = TRACES[name]) {
  const path = join(directory, `${name}-${packets}-${flows}-${seconds}-${seed}.pcap`);
  const write = !existsSync(path);
  mkdirSync(directory, { recursive: true });
  const fd = write ? openSync(`${path}.part`, "w") : -1;
  const chunk = Buffer.alloc(1 << 22);
  chunk.writeUInt32LE(0xa1b2c3d4, 0);
  chunk.writeUInt16LE(2, 4);
  chunk.writeUInt16LE(4, 6);
  chunk.writeUInt32LE(SNAP, 16);
  chunk.writeUInt32LE(1, 20);
  let at = 24;
  let bytes = 0;
  const next = rng(seed);
  const salt = next();
  for (let i = 0; i < packets; i++) {
    const flow = next() % flows;
    const draw = next();
    const total = LENGTHS[draw % LENGTHS.length];
    bytes += total;
    if (!write) continue;
    // Everything about a flow comes from its number, so that no table is needed.
    let h = Math.imul(flow ^ salt, 0x9e3779b1);
    h ^= h >>> 15;
    const tcp = (h & 3) !== 0;
    const length = 14 + Math.min(total, tcp ? 40 : 28);
    const timeUs = Math.floor((i * seconds * 1e6) / packets);
    chunk.writeUInt32LE(START_SECONDS + Math.floor(timeUs / 1e6), at);
    chunk.writeUInt32LE(timeUs % 1e6, at + 4);
    chunk.writeUInt32LE(length, at + 8);
    chunk.writeUInt32LE(14 + total, at + 12);
    const f = at + 16;
    chunk.fill(0, f, f + length);
    chunk.writeUIntBE(0x020000000001, f, 6);
    chunk.writeUIntBE(0x020000000002, f + 6, 6);
    chunk.writeUInt16BE(0x0800, f + 12);
    chunk[f + 14] = 0x45;
    chunk.writeUInt16BE(total, f + 16);
    chunk[f + 22] = 64;
    chunk[f + 23] = tcp ? 6 : 17;
    chunk.writeUInt32BE((0x0a000000 | (flow & 0xffffff)) >>> 0, f + 26);
    chunk.writeUInt32BE((0xc0a80000 | (h >>> 16)) >>> 0, f + 30);
    chunk.writeUInt16BE(1024 + ((h >>> 4) & 0x7fff), f + 34);
    chunk.writeUInt16BE(443, f + 36);
    if (tcp) {
      chunk.writeUInt32BE(draw, f + 38);
      chunk[f + 46] = 0x50;
      chunk[f + 47] = draw >>> 24 < 6 ? 0x11 : 0x18;
    } else chunk.writeUInt16BE(total - 20, f + 38);
    at = f + length;
    if (at > chunk.length - 128) {
      writeSync(fd, chunk, 0, at);
      at = 0;
    }
  }
  if (write) {
    writeSync(fd, chunk, 0, at);
    closeSync(fd);
    renameSync(`${path}.part`, path);
  }
  return { path, packets, bytes };
}
