// Flows for `npm run bench:query`, as NetFlow v5 datagrams in a pcap file, which both `ngflow import` and, by way of
// `ngflow replay`, nfcapd read. No two flows have the same addresses, ports and protocol.
import { closeSync, openSync, renameSync, writeSync } from "node:fs";
import { random } from "../store/flows.mjs";

const RECORDS = 30;
const HEADER_BYTES = 24;
const RECORD_BYTES = 48;
const FRAME_BYTES = 14 + 20 + 8;
const PCAP_BYTES = 16;
const DATAGRAM_BYTES = HEADER_BYTES + RECORDS * RECORD_BYTES;
const WRITE_DATAGRAMS = 4096;
/** The exporter has been up for so long at the first datagram: longer than any flow. */
const UP_MS = 3_600_000;
const SOURCES = 20_000;
const TCP = 6;
const UDP = 17;
const SERVICES = [443, 443, 443, 53, 53, 80, 22, 123, 25, 8080];

/** Milliseconds: most flows are short, none is longer than an active timeout of five minutes. */
function lifeMs(next) {
  const kind = next();
  if (kind < 0.35) return 0;
  if (kind < 0.8) return Math.floor(next() * 5000);
  return Math.floor(next() * (kind < 0.97 ? 60_000 : 300_000));
}

/** Checksum of an IPv4 header, so that readers that check it take the datagram. */
function checksum(header) {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The frame of a datagram from 192.0.2.1: Ethernet, IPv4, UDP. */
function frameHeader(bytes) {
  const frame = Buffer.alloc(FRAME_BYTES);
  frame.writeUInt16BE(0x0800, 12);
  const ip = frame.subarray(14, 34);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(28 + bytes, 2);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(UDP, 9);
  ip.set([192, 0, 2, 1, 127, 0, 0, 1], 12);
  ip.writeUInt16BE(checksum(ip), 10);
  frame.writeUInt16BE(2055, 34);
  frame.writeUInt16BE(2055, 36);
  frame.writeUInt16BE(8 + bytes, 38);
  return frame;
}

/**
 * Writes `count` flows that were received at an even pace over a range, with their sums.
 * @param range `fromMs`, `toMs`: Unix milliseconds
 * @returns the flows, packets and bytes written
 */
export function writeFlows(path, count, { fromMs, toMs }, seed = 1) {
  const next = random(seed);
  const sums = { flows: 0, packets: 0, bytes: 0 };
  const partial = `${path}.part`;
  const file = openSync(partial, "w");
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  writeSync(file, header);
  const buffer = Buffer.alloc(WRITE_DATAGRAMS * (PCAP_BYTES + FRAME_BYTES + DATAGRAM_BYTES));
  const bootMs = fromMs - UP_MS;
  let used = 0;
  while (sums.flows < count) {
    const records = Math.min(RECORDS, count - sums.flows);
    const nowMs = Math.floor(fromMs + ((toMs - fromMs) * sums.flows) / count);
    const bytes = HEADER_BYTES + records * RECORD_BYTES;
    buffer.writeUInt32LE(Math.floor(nowMs / 1000), used);
    buffer.writeUInt32LE((nowMs % 1000) * 1000, used + 4);
    buffer.writeUInt32LE(FRAME_BYTES + bytes, used + 8);
    buffer.writeUInt32LE(FRAME_BYTES + bytes, used + 12);
    buffer.set(frameHeader(bytes), used + PCAP_BYTES);
    let at = used + PCAP_BYTES + FRAME_BYTES;
    buffer.fill(0, at, at + bytes);
    buffer.writeUInt16BE(5, at);
    buffer.writeUInt16BE(records, at + 2);
    buffer.writeUInt32BE(nowMs - bootMs, at + 4);
    buffer.writeUInt32BE(Math.floor(nowMs / 1000), at + 8);
    buffer.writeUInt32BE((nowMs % 1000) * 1_000_000, at + 12);
    buffer.writeUInt32BE(sums.flows >>> 0, at + 16);
    at += HEADER_BYTES;
    for (let record = 0; record < records; record++, at += RECORD_BYTES) {
      // A bijection of 32 bits: source port and destination are another pair for every flow.
      const id = Math.imul(sums.flows + record, 0x9e3779b1) >>> 0;
      const host = Math.floor(SOURCES * next() ** 3);
      const packets = 1 + Math.floor(40 * next() ** 4);
      const octets = packets * (64 + Math.floor(next() * 1400));
      const endMs = nowMs - Math.floor(next() * 15_000);
      buffer.writeUInt32BE((10 << 24) | (1 << 16) | host, at);
      buffer.writeUInt32BE(((100 << 24) | (64 << 16) | (id >>> 16)) >>> 0, at + 4);
      buffer.writeUInt16BE(1 + Math.floor(next() * 8), at + 12);
      buffer.writeUInt16BE(1 + Math.floor(next() * 8), at + 14);
      buffer.writeUInt32BE(packets, at + 16);
      buffer.writeUInt32BE(octets, at + 20);
      buffer.writeUInt32BE(endMs - lifeMs(next) - bootMs, at + 24);
      buffer.writeUInt32BE(endMs - bootMs, at + 28);
      buffer.writeUInt16BE(id & 0xffff, at + 32);
      buffer.writeUInt16BE(SERVICES[Math.floor(next() * SERVICES.length)], at + 34);
      buffer.writeUInt8(0x1b, at + 37);
      buffer.writeUInt8(next() < 0.7 ? TCP : UDP, at + 38);
      buffer.writeUInt8(next() < 0.9 ? 0 : 184, at + 39);
      sums.packets += packets;
      sums.bytes += octets;
    }
    sums.flows += records;
    used += PCAP_BYTES + FRAME_BYTES + bytes;
    if (used + PCAP_BYTES + FRAME_BYTES + DATAGRAM_BYTES > buffer.length) {
      writeSync(file, buffer, 0, used);
      used = 0;
    }
  }
  writeSync(file, buffer, 0, used);
  closeSync(file);
  renameSync(partial, path);
  return sums;
}
