// Seeded frames of many flows for `npm run bench:ring`: as a capture file for tcpreplay and as a configuration for
// trafgen. The same bytes every time.
import { writeFileSync } from "node:fs";

const LENGTHS = [60, 60, 60, 74, 98, 190, 594];

/** Marsaglia's xorshift32. */
function random(seed) {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A whole Ethernet frame with a UDP datagram of flow number `flow`. */
function frame(flow, length) {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(0x020000000001, 0, 6);
  bytes.writeUIntBE(0x020000000002, 6, 6);
  bytes.writeUInt16BE(0x0800, 12);
  bytes[14] = 0x45;
  bytes.writeUInt16BE(length - 14, 16);
  bytes[22] = 64;
  bytes[23] = 17;
  bytes.writeUInt32BE((0x0a010000 | (flow & 0xffff)) >>> 0, 26);
  bytes.writeUInt32BE(0x0a020001, 30);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  bytes.writeUInt16BE(~sum & 0xffff, 24);
  bytes.writeUInt16BE(1024 + (flow % 60_000), 34);
  bytes.writeUInt16BE(53, 36);
  bytes.writeUInt16BE(length - 34, 38);
  return bytes;
}

function frames(count, flows, seed) {
  const next = random(seed);
  return Array.from({ length: count }, () => frame(next(flows), LENGTHS[next(LENGTHS.length)]));
}

/** Writes a capture file of `count` frames of `flows` flows. */
export function writeCapture(path, count, flows) {
  const parts = [Buffer.from(Uint32Array.of(0xa1b2c3d4, 0x00040002, 0, 0, 65_535, 1).buffer)];
  for (const bytes of frames(count, flows, 1)) {
    parts.push(Buffer.from(Uint32Array.of(1_767_225_600, 0, bytes.length, bytes.length).buffer), bytes);
  }
  writeFileSync(path, Buffer.concat(parts));
}

/** Writes a configuration of trafgen that sends `count` frames of `flows` flows in turn. */
export function writeTrafgen(path, count, flows) {
  const packets = frames(count, flows, 2).map(
    (bytes) => `{ ${[...bytes].map((b) => `0x${b.toString(16)}`).join(", ")} }`,
  );
  writeFileSync(path, `${packets.join("\n")}\n`);
}
