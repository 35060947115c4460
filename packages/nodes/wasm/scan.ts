// Records of a pcap file, in AssemblyScript: `CaptureReader` reads any, `addressPairHash` is the definition of shares.
import {
  CAPTURE_BYTES_MAX,
  SCAN_AT,
  SCAN_INDEX,
  SCAN_JUMP,
  SCAN_LAST,
  SCAN_LEAST,
  SCAN_LEFT,
  SCAN_LENGTHS,
  SCAN_NEXT,
  SCAN_OFFSETS,
  SCAN_SHARES,
  SCAN_STOPPED,
  SCAN_STOPPED_AT,
  SCAN_TIMES,
  SCAN_WIRE_LENGTHS,
} from "../src/netflow/modern/wasm/meter-layout";
import { be16, ETHERNET_BYTES, ipFrom, IPV4_BYTES, IPV6_BYTES } from "./parse";

const RECORD_HEADER: u32 = 16;
/** Of a frame whose link header is not cut to what was on the wire. */
const NO_END: usize = 0xffffffff;

@inline
function mix(differ: u32, sum: u32): u32 {
  let h: u32 = ((differ ^ 0x2545f491) * 0x9e3779b1) ^ (sum * 0x85ebca6b);
  h = (h ^ (h >>> 15)) * 0xc2b2ae35;
  return (h ^ (h << 13)) >>> 16;
}

/** `addressPairHash` of an Ethernet frame. */
@inline
function pairHash(at: usize, length: u32): u32 {
  if (length < ETHERNET_BYTES) return 0;
  const type = be16(at + 12);
  let ip = at + ETHERNET_BYTES;
  const end = at + length;
  if (type != 0x0800) {
    const skipped = ipFrom(ip, end, type, NO_END);
    if (skipped < 0) return 0;
    ip += skipped;
  }
  const present = <u32>(end - ip);
  if (present < IPV4_BYTES) return 0;
  const version: u32 = load<u8>(ip) >>> 4;
  if (version == 4) {
    const source = load<u32>(ip, 12);
    const destination = load<u32>(ip, 16);
    return mix(source ^ destination, source + destination);
  }
  if (version != 6 || present < IPV6_BYTES) return 0;
  let differ: u32 = 0;
  let sum: u32 = 0;
  for (let w = ip + 8; w < ip + 24; w += 4) {
    const source = load<u32>(w);
    const destination = load<u32>(w, 16);
    differ = differ * 0x01000193 + (source ^ destination);
    sum = sum * 0x01000193 + source + destination;
  }
  return mix(differ, sum);
}

/**
 * Fills the columns with the packets of the share among the complete records from `at` to `end`, offsets in `buffer`:
 * until there are no more, or as many have been looked at as were left, or one has a time that moves time.
 * @param looked the time of the first record has been looked at
 * @returns the number of packets taken
 */
export function scan(s: usize, buffer: usize, at: u32, end: u32, looked: bool): u32 {
  const offsets = load<usize>(s, SCAN_OFFSETS);
  const lengths = load<usize>(s, SCAN_LENGTHS);
  const wires = load<usize>(s, SCAN_WIRE_LENGTHS);
  const times = load<usize>(s, SCAN_TIMES);
  const next = load<f64>(s, SCAN_NEXT);
  const least = load<f64>(s, SCAN_LEAST);
  const shares = load<u32>(s, SCAN_SHARES);
  const index = load<u32>(s, SCAN_INDEX);
  let left = load<u32>(s, SCAN_LEFT);
  const jump = load<f64>(s, SCAN_JUMP);
  let last = load<f64>(s, SCAN_LAST);
  let count: u32 = 0;
  let stopped: u32 = 0;
  while (left != 0 && end - at >= RECORD_HEADER) {
    const record = buffer + at;
    const length = load<u32>(record, 8);
    if (length > <u32>CAPTURE_BYTES_MAX || end - at - RECORD_HEADER < length) break;
    const time = <f64>load<u32>(record) * 1e6 + <f64>load<u32>(record, 4);
    if ((time >= next || time < least) && !looked) {
      store<f64>(s, time, SCAN_STOPPED_AT);
      stopped = 1;
      break;
    }
    looked = false;
    if (time > last || last - time > jump) last = time;
    left--;
    at += RECORD_HEADER;
    if (shares == 1 || (pairHash(buffer + at, length) * shares) >>> 16 == index) {
      const word = count << 2;
      store<u32>(offsets + word, at);
      store<u32>(lengths + word, length);
      store<u32>(wires + word, max(length, load<u32>(record, 12)));
      store<f64>(times + (count << 3), time);
      count++;
    }
    at += length;
  }
  store<u32>(s, at, SCAN_AT);
  store<u32>(s, left, SCAN_LEFT);
  store<f64>(s, last, SCAN_LAST);
  store<u32>(s, stopped, SCAN_STOPPED);
  return count;
}
