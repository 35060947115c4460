// Seeded capture files for `npm run bench:export`: microsecond pcap, Ethernet, cut to a snap length as a metering point
// would, but for fragments: who puts datagrams together needs all of them. The same arguments give the same bytes.
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

/** Enough for the longest frame. */
const SNAP = 1518;
const START_SECONDS = 1_700_000_000;
const CHUNK_BYTES = 1 << 22;
const LARGEST_RECORD = 2048;
/** Changes with the format of the traces, so that a trace of an earlier version is written again. */
const FORMAT = 3;
/** Numbers of the protocols over IPv4 and over IPv6, and bytes of their headers. */
const PROTOCOLS = { tcp: { 4: 6, 6: 6, bytes: 20 }, udp: { 4: 17, 6: 17, bytes: 8 }, icmp: { 4: 1, 6: 58, bytes: 8 } };
const ECHO_REQUEST = { 4: 8, 6: 128 };
const FRAGMENT_HEADER = 44;
const MORE_FRAGMENTS_4 = 0x2000;

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
  chunk.writeUInt16BE(packet.version === 4 ? 0x0800 : 0x86dd, p);
  p += 2;
  const ends = packet.version === 4 ? writeIpv4(chunk, p, packet) : writeIpv6(chunk, p, packet);
  const upper = packet.fragment !== null && packet.fragment.offset > 0 ? ends : writeUpper(chunk, ends, p, packet);
  const kept = packet.fragment === null ? (snap ?? 0) : SNAP;
  return Math.min(p - f + packet.total, Math.max(upper - f, kept));
}

/** Returns where the header ends. */
function writeIpv4(chunk, p, { total, protocol, source, destination, fragment }) {
  chunk[p] = 0x45;
  chunk.writeUInt16BE(total, p + 2);
  if (fragment !== null) {
    chunk.writeUInt16BE(fragment.id & 0xffff, p + 4);
    chunk.writeUInt16BE((fragment.offset >>> 3) | (fragment.more ? MORE_FRAGMENTS_4 : 0), p + 6);
  }
  chunk[p + 8] = 64;
  chunk[p + 9] = PROTOCOLS[protocol][4];
  chunk.writeUInt32BE(source >>> 0, p + 12);
  chunk.writeUInt32BE(destination >>> 0, p + 16);
  return p + 20;
}

/** Returns where the headers end, that of a fragment included. */
function writeIpv6(chunk, p, { total, protocol, source, destination, fragment }) {
  chunk[p] = 0x60;
  chunk.writeUInt16BE(total - 40, p + 4);
  chunk[p + 6] = fragment === null ? PROTOCOLS[protocol][6] : FRAGMENT_HEADER;
  chunk[p + 7] = 64;
  chunk.writeUInt32BE(0x20010db8, p + 8);
  chunk.writeUInt32BE(source >>> 0, p + 20);
  chunk.writeUInt32BE(0x20010db8, p + 24);
  chunk.writeUInt32BE(destination >>> 0, p + 36);
  if (fragment === null) return p + 40;
  chunk[p + 40] = PROTOCOLS[protocol][6];
  chunk.writeUInt16BE(fragment.offset | (fragment.more ? 1 : 0), p + 42);
  chunk.writeUInt32BE(fragment.id, p + 44);
  return p + 48;
}

/** Returns where the header ends. */
function writeUpper(chunk, at, ip, packet) {
  const { version, protocol } = packet;
  if (protocol === "icmp") {
    chunk[at] = ECHO_REQUEST[version];
    chunk.writeUInt16BE(packet.sourcePort, at + 4);
  } else {
    chunk.writeUInt16BE(packet.sourcePort, at);
    chunk.writeUInt16BE(packet.destinationPort, at + 2);
  }
  if (protocol === "tcp") {
    chunk.writeUInt32BE(packet.draw, at + 4);
    chunk[at + 12] = 0x50;
    chunk[at + 13] = packet.tcpFlags;
  } else if (protocol === "udp") {
    chunk.writeUInt16BE(packet.fragment === null ? packet.total - (at - ip) : packet.fragment.payload, at + 4);
  }
  return at + PROTOCOLS[protocol].bytes;
}

/**
 * Writes trace `name` (of `TRACES`, or as given) into `directory` unless it is there. Number 0
 * is the trace with its own seed, others are traces of the same kind.
 * Returns its path, packets, bytes (IP total lengths), and how many packets are later fragments of IPv4.
 */
export function makeTrace(name, directory, trace = TRACES[name], number = 0) {
  const { packets, seconds, snap, seed, draw } = trace;
  const path = join(directory, `${name}-${packets}-s${number}-v${FORMAT}.pcap`);
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
  let laterFragments4 = 0;
  const packet = {};
  const next = draw(number === 0 ? seed : Math.imul(number, 0x9e3779b1) ^ seed);
  for (let i = 0; i < packets; i++) {
    next(packet);
    bytes += packet.total;
    if (packet.fragment !== null && packet.fragment.offset > 0 && packet.version === 4) laterFragments4++;
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
  writeFileSync(sums, JSON.stringify({ bytes, laterFragments4 }));
  return { path, packets, bytes, laterFragments4 };
}
