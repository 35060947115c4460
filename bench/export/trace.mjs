// Seeded capture files for `npm run bench:export`: microsecond pcap, Ethernet, cut to a snap length as a metering point
// would. The same arguments give the same bytes.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { TRACES } from "./flows.mjs";

/** Enough for the headers of every packet. */
const SNAP = 96;
const START_SECONDS = 1_700_000_000;
const CHUNK_BYTES = 1 << 22;
const LARGEST_RECORD = 2048;
/** Changes with the format of the traces, so that a trace of an earlier version is written again. */
const FORMAT = 2;

/** Writes the frame of a packet at `f`. Returns how many of its bytes are there. */
function writeFrame(chunk, f, packet, snap) {
  chunk.writeUIntBE(0x020000000001, f, 6);
  chunk.writeUIntBE(0x020000000002, f + 6, 6);
  let p = f + 12;
  if (packet.vlan !== 0) {
    chunk.writeUInt16BE(0x8100, p);
    chunk.writeUInt16BE(packet.vlan, p + 2);
    p += 4;
  }
  const header = packet.version === 4 ? 20 : 40;
  chunk.writeUInt16BE(packet.version === 4 ? 0x0800 : 0x86dd, p);
  p += 2;
  const protocol = packet.tcp ? 6 : 17;
  if (packet.version === 4) {
    chunk[p] = 0x45;
    chunk.writeUInt16BE(packet.total, p + 2);
    chunk[p + 8] = 64;
    chunk[p + 9] = protocol;
    chunk.writeUInt32BE(packet.source >>> 0, p + 12);
    chunk.writeUInt32BE(packet.destination >>> 0, p + 16);
  } else {
    chunk[p] = 0x60;
    chunk.writeUInt16BE(packet.total - 40, p + 4);
    chunk[p + 6] = protocol;
    chunk[p + 7] = 64;
    chunk.writeUInt32BE(0x20010db8, p + 8);
    chunk.writeUInt32BE(packet.source >>> 0, p + 20);
    chunk.writeUInt32BE(0x20010db8, p + 24);
    chunk.writeUInt32BE(packet.destination >>> 0, p + 36);
  }
  const l4 = p + header;
  chunk.writeUInt16BE(packet.sourcePort, l4);
  chunk.writeUInt16BE(packet.destinationPort, l4 + 2);
  if (packet.tcp) {
    chunk.writeUInt32BE(packet.draw, l4 + 4);
    chunk[l4 + 12] = 0x50;
    chunk[l4 + 13] = packet.tcpFlags;
  } else chunk.writeUInt16BE(packet.total - header, l4 + 4);
  return Math.min(p - f + packet.total, Math.max(l4 - f + (packet.tcp ? 20 : 8), snap ?? 0));
}

/**
 * Writes trace `name` (of `TRACES`, or as given) into `directory` unless it is there. Returns its path, packets and
 * bytes (IP total lengths).
 */
export function makeTrace(name, directory, { packets, seconds, snap, draw } = TRACES[name]) {
  const path = join(directory, `${name}-${packets}-v${FORMAT}.pcap`);
  const sums = `${path}.json`;
  if (existsSync(sums)) return { path, packets, ...JSON.parse(readFileSync(sums, "utf8")) };
  mkdirSync(directory, { recursive: true });
  const fd = openSync(`${path}.part`, "w");
  const chunk = Buffer.alloc(CHUNK_BYTES);
  chunk.writeUInt32LE(0xa1b2c3d4, 0);
  chunk.writeUInt16LE(2, 4);
  chunk.writeUInt16LE(4, 6);
  chunk.writeUInt32LE(snap ?? SNAP, 16);
  chunk.writeUInt32LE(1, 20);
  let at = 24;
  let bytes = 0;
  const packet = {};
  const next = draw();
  for (let i = 0; i < packets; i++) {
    next(packet);
    bytes += packet.total;
    const timeUs = Math.floor((i * seconds * 1e6) / packets);
    chunk.fill(0, at, at + LARGEST_RECORD);
    const length = writeFrame(chunk, at + 16, packet, snap);
    chunk.writeUInt32LE(START_SECONDS + Math.floor(timeUs / 1e6), at);
    chunk.writeUInt32LE(timeUs % 1e6, at + 4);
    chunk.writeUInt32LE(length, at + 8);
    chunk.writeUInt32LE(14 + (packet.vlan === 0 ? 0 : 4) + packet.total, at + 12);
    at += 16 + length;
    if (at > chunk.length - LARGEST_RECORD) {
      writeSync(fd, chunk, 0, at);
      at = 0;
    }
  }
  writeSync(fd, chunk, 0, at);
  closeSync(fd);
  renameSync(`${path}.part`, path);
  writeFileSync(sums, JSON.stringify({ bytes }));
  return { path, packets, bytes };
}
