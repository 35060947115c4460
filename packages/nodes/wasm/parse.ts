// Parsing and hashing of packets, in AssemblyScript. TypeScript is the definition: `parsePacket`, `hashPackets`.
import {
  CONTROL_ADDRESSES,
  CONTROL_BYTES,
  CONTROL_FAMILY,
  CONTROL_FRAGMENT_IDS,
  CONTROL_FRAGMENT_LATER,
  CONTROL_FRAGMENT_ROWS,
  CONTROL_FRAGMENTS,
  CONTROL_HASHES,
  CONTROL_KIND,
  CONTROL_LENGTHS,
  CONTROL_META,
  CONTROL_OFFSETS,
  CONTROL_PORTS,
  CONTROL_TCP_FLAGS,
  CONTROL_VLANS,
  CONTROL_WIRE_LENGTHS,
  SKIP_MALFORMED,
  SKIP_NOT_IP,
  SKIP_TRUNCATED_LINK,
  SKIP_TRUNCATED_NETWORK,
  SKIP_TRUNCATED_TRANSPORT,
} from "../src/netflow/modern/wasm/meter-layout";

const ICMP: u32 = 1;
const TCP: u32 = 6;
const UDP: u32 = 17;
const DCCP: u32 = 33;
const ICMPV6: u32 = 58;
const SCTP: u32 = 132;
const UDP_LITE: u32 = 136;
/** IPv6 extension headers. */
const HOP_BY_HOP: u32 = 0;
const ROUTING: u32 = 43;
const FRAGMENT: u32 = 44;
const AUTHENTICATION: u32 = 51;
const DESTINATION_OPTIONS: u32 = 60;

export const ETHERNET_BYTES: u32 = 14;
export const IPV4_BYTES: u32 = 20;
export const IPV6_BYTES: u32 = 40;
const PPPOE_BYTES: u32 = 8;
/** Frames of plain packets are at least so long: Ethernet, IPv4, and the TCP or UDP header. */
const TCP_BYTES: u32 = 54;
const UDP_BYTES: u32 = 42;
/** Not a row's kind: the link header led to an IP header. */
const FOUND: i32 = 0;

/**
 * Parses packets of a group. Returns how many rows are fragments; they are listed.
 * @param ethernet false where packets begin with their IP header
 */
export function parse(c: usize, packets: usize, count: u32, ethernet: bool): u32 {
  const offsets = load<usize>(c, CONTROL_OFFSETS);
  const lengths = load<usize>(c, CONTROL_LENGTHS);
  const wires = load<usize>(c, CONTROL_WIRE_LENGTHS);
  const kinds = load<usize>(c, CONTROL_KIND);
  const families = load<usize>(c, CONTROL_FAMILY);
  const addresses = load<usize>(c, CONTROL_ADDRESSES);
  const ports = load<usize>(c, CONTROL_PORTS);
  const metas = load<usize>(c, CONTROL_META);
  const vlans = load<usize>(c, CONTROL_VLANS);
  const sizes = load<usize>(c, CONTROL_BYTES);
  const tcpFlags = load<usize>(c, CONTROL_TCP_FLAGS);
  store<u32>(c, 0, CONTROL_FRAGMENTS);
  for (let k: u32 = 0; k < count; k++) {
    const at = packets + load<u32>(offsets + (k << 2));
    const length = load<u32>(lengths + (k << 2));
    // Most packets: Ethernet, IPv4 without options, TCP or UDP, no fragment.
    if (ethernet && length >= UDP_BYTES) {
      const word = load<u32>(at, 12);
      const total: u32 = bswap<u16>(load<u16>(at, 16));
      const protocol: u32 = load<u8>(at, 23);
      const least: u32 = protocol == TCP ? TCP_BYTES : protocol == UDP ? UDP_BYTES : 0xffffffff;
      if (
        (word & 0xffffff) == 0x450008 &&
        (load<u16>(at, 20) & 0xff3f) == 0 &&
        length >= least &&
        total + ETHERNET_BYTES >= least
      ) {
        store<u8>(kinds + k, 4);
        store<u8>(families + k, 4);
        store<u64>(addresses + (k << 5), load<u64>(at, 26));
        store<u32>(ports + (k << 2), load<u32>(at, 34));
        store<u32>(metas + (k << 2), protocol | ((word >>> 16) & 0xff00));
        store<u32>(vlans + (k << 2), 0);
        store<u32>(sizes + (k << 2), total);
        store<u8>(tcpFlags + k, protocol == TCP ? load<u8>(at, 47) : 0);
        continue;
      }
    }
    store<u8>(kinds + k, <u8>parseAny(c, k, at, length, load<u32>(wires + (k << 2)), ethernet));
  }
  return load<u32>(c, CONTROL_FRAGMENTS);
}

@inline
export function be16(at: usize): u32 {
  return bswap<u16>(load<u16>(at));
}

@inline
function isVlan(type: u32): bool {
  return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;
}

/** `vlansOf`: a frame with a tag, at what follows the EtherType. */
function vlansOf(at: usize): u32 {
  const outer = be16(at) & 0xfff;
  return isVlan(be16(at + 2)) ? outer | ((be16(at + 4) & 0xfff) << 12) : outer;
}

/** `skipToIp`. Returns how many bytes after `at` the IP header is, or the row's kind. */
export function ipFrom(start: usize, end: usize, type: u32, wireEnd: usize): i32 {
  let at = start;
  while (isVlan(type)) {
    if (<u32>(end - at) < 4) return -1 - SKIP_TRUNCATED_LINK;
    type = be16(at + 2);
    at += 4;
  }
  if (type == 0x0800 || type == 0x86dd) return <i32>(at - start);
  if (type == 0x8864) {
    const outcome = checkPppoe(at, end, wireEnd);
    return outcome == FOUND ? <i32>(at + PPPOE_BYTES - start) : outcome;
  }
  if (type != 0x8847 && type != 0x8848) return -1 - SKIP_NOT_IP;
  while (true) {
    if (<u32>(end - at) < 4) return -1 - SKIP_TRUNCATED_LINK;
    const bottom = (load<u8>(at, 2) & 1) != 0;
    at += 4;
    if (bottom) break;
  }
  if (at >= end) return -1 - SKIP_TRUNCATED_LINK;
  const version = load<u8>(at) >>> 4;
  return version == 4 || version == 6 ? <i32>(at - start) : -1 - SKIP_NOT_IP;
}

/** `parsePacket`. Returns the row's kind. */
function parseAny(c: usize, k: u32, start: usize, length: u32, wire: u32, ethernet: bool): i32 {
  const family = load<usize>(c, CONTROL_FAMILY) + k;
  const vlans = load<usize>(c, CONTROL_VLANS) + (k << 2);
  store<u8>(family, 0);
  store<u32>(vlans, 0);
  const end = start + length;
  let at = start;
  if (ethernet) {
    if (length < ETHERNET_BYTES) return -1 - SKIP_TRUNCATED_LINK;
    const type = be16(at + 12);
    at += ETHERNET_BYTES;
    const skipped = ipFrom(at, end, type, start + wire);
    if (skipped < 0) return skipped;
    if (isVlan(type)) store<u32>(vlans, vlansOf(at));
    at += skipped;
  }
  if (at >= end) return -1 - SKIP_TRUNCATED_NETWORK;
  const version = load<u8>(at) >>> 4;
  const wireFromIp = wire - <u32>(at - start);
  if (version == 4) {
    store<u8>(family, 4);
    return parseIpv4(c, k, at, end, wireFromIp);
  }
  if (version == 6) {
    store<u8>(family, 6);
    return parseIpv6(c, k, at, end, wireFromIp);
  }
  return -1 - (ethernet ? SKIP_MALFORMED : SKIP_NOT_IP);
}

/** `skipPppoe`. Returns `FOUND` or the row's kind. */
function checkPppoe(at: usize, end: usize, wireEnd: usize): i32 {
  if (<u32>(end - at) < PPPOE_BYTES) return -1 - SKIP_TRUNCATED_LINK;
  if (be16(at) != 0x1100) return -1 - SKIP_NOT_IP;
  const ip = at + PPPOE_BYTES;
  const bytes = <i32>be16(at + 4) - 2;
  if (bytes < 0 || ip + bytes > wireEnd) return -1 - SKIP_MALFORMED;
  const protocol = be16(at + 6);
  if (protocol != 0x0021 && protocol != 0x0057) return -1 - SKIP_NOT_IP;
  if (<u32>(end - ip) < 6) return FOUND;
  const total = protocol == 0x0021 ? be16(ip + 2) : be16(ip + 4) + IPV6_BYTES;
  return <i32>total > bytes ? -1 - SKIP_MALFORMED : FOUND;
}

function addFragment(c: usize, k: u32, id: u32, later: u8): void {
  const n = load<u32>(c, CONTROL_FRAGMENTS);
  store<u32>(load<usize>(c, CONTROL_FRAGMENT_ROWS) + (n << 2), k);
  store<u32>(load<usize>(c, CONTROL_FRAGMENT_IDS) + (n << 2), id);
  store<u8>(load<usize>(c, CONTROL_FRAGMENT_LATER) + n, later);
  store<u32>(c, n + 1, CONTROL_FRAGMENTS);
}

function parseIpv4(c: usize, k: u32, at: usize, end: usize, wireFromIp: u32): i32 {
  const present = <u32>(end - at);
  if (present < IPV4_BYTES) return -1 - SKIP_TRUNCATED_NETWORK;
  const headerBytes: u32 = (load<u8>(at) & 0x0f) << 2;
  if (headerBytes < IPV4_BYTES) return -1 - SKIP_MALFORMED;
  const field = be16(at + 2);
  const total = field == 0 ? wireFromIp : field;
  if (total < headerBytes) return -1 - SKIP_MALFORMED;
  if (present < headerBytes) return -1 - SKIP_TRUNCATED_NETWORK;
  const limit = at + min(present, total);
  const protocol: u32 = load<u8>(at, 9);
  const word = k << 2;
  store<u64>(load<usize>(c, CONTROL_ADDRESSES) + (k << 5), load<u64>(at, 12));
  store<u32>(load<usize>(c, CONTROL_META) + word, protocol | (<u32>load<u8>(at, 1) << 8));
  store<u32>(load<usize>(c, CONTROL_BYTES) + word, total);
  const fragment = be16(at + 6) & 0x3fff;
  if ((fragment & 0x1fff) != 0) {
    store<u32>(load<usize>(c, CONTROL_PORTS) + word, 0);
    store<u8>(load<usize>(c, CONTROL_TCP_FLAGS) + k, 0);
    addFragment(c, k, be16(at + 4), 1);
    return 4;
  }
  if (!parseTransport(c, k, at + headerBytes, limit, protocol, ICMP)) return -1 - SKIP_TRUNCATED_TRANSPORT;
  if (fragment != 0) addFragment(c, k, be16(at + 4), 0);
  return 4;
}

function parseIpv6(c: usize, k: u32, at: usize, end: usize, wireFromIp: u32): i32 {
  const present = <u32>(end - at);
  if (present < IPV6_BYTES) return -1 - SKIP_TRUNCATED_NETWORK;
  const payload = be16(at + 4);
  let next: u32 = load<u8>(at, 6);
  const total = payload == 0 && next == HOP_BY_HOP ? max(wireFromIp, IPV6_BYTES) : payload + IPV6_BYTES;
  const limit = at + min(present, total);
  const row = load<usize>(c, CONTROL_ADDRESSES) + (k << 5);
  for (let w: usize = 0; w < 32; w += 8) store<u64>(row + w, load<u64>(at + 8 + w));
  const word = k << 2;
  store<u32>(load<usize>(c, CONTROL_BYTES) + word, total);
  const trafficClass = (be16(at) >>> 4) & 0xff;
  const meta = load<usize>(c, CONTROL_META) + word;
  let p = at + IPV6_BYTES;
  let firstFragmentAt: usize = 0;
  while (true) {
    const left = <u32>(limit - p);
    if (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION_OPTIONS || next == AUTHENTICATION) {
      if (left < 2) return -1 - SKIP_TRUNCATED_NETWORK;
      const length: u32 = load<u8>(p, 1);
      const size: u32 = next == AUTHENTICATION ? (length + 2) << 2 : (length + 1) << 3;
      if (left < size) return -1 - SKIP_TRUNCATED_NETWORK;
      next = load<u8>(p);
      p += size;
    } else if (next == FRAGMENT) {
      if (left < 8) return -1 - SKIP_TRUNCATED_NETWORK;
      next = load<u8>(p);
      const fragment = be16(p + 2) & 0xfff9;
      if ((fragment & 0xfff8) != 0) {
        store<u32>(meta, next | (trafficClass << 8));
        store<u32>(load<usize>(c, CONTROL_PORTS) + word, 0);
        store<u8>(load<usize>(c, CONTROL_TCP_FLAGS) + k, 0);
        addFragment(c, k, bswap<u32>(load<u32>(p, 4)), 1);
        return 6;
      }
      if (fragment != 0) firstFragmentAt = p;
      p += 8;
    } else break;
  }
  store<u32>(meta, next | (trafficClass << 8));
  if (!parseTransport(c, k, p, limit, next, ICMPV6)) return -1 - SKIP_TRUNCATED_TRANSPORT;
  if (firstFragmentAt != 0) addFragment(c, k, bswap<u32>(load<u32>(firstFragmentAt, 4)), 0);
  return 6;
}

/** Ports, ICMP type and code, TCP flags. False when they are cut. */
@inline
function parseTransport(c: usize, k: u32, at: usize, limit: usize, protocol: u32, icmp: u32): bool {
  const ports = load<usize>(c, CONTROL_PORTS) + (k << 2);
  const flags = load<usize>(c, CONTROL_TCP_FLAGS) + k;
  const left = <u32>(limit - at);
  store<u8>(flags, 0);
  if (protocol == TCP) {
    if (left < 14) return false;
    store<u32>(ports, load<u32>(at));
    store<u8>(flags, load<u8>(at, 13));
    return true;
  }
  if (protocol == UDP || protocol == SCTP || protocol == UDP_LITE || protocol == DCCP) {
    if (left < 4) return false;
    store<u32>(ports, load<u32>(at));
    return true;
  }
  if (protocol == icmp) {
    if (left < 2) return false;
    store<u32>(ports, <u32>load<u16>(at) << 16);
    return true;
  }
  store<u32>(ports, 0);
  return true;
}

@inline
function hashWord(h: u32, word: u32): u32 {
  return ((h ^ (h >>> 15)) + word) * <u32>-2048144777;
}

/** Completes the keys of a group and hashes them: `hashPackets`. */
export function hash(c: usize, count: u32, context: u32): void {
  const kinds = load<usize>(c, CONTROL_KIND);
  const addresses = load<usize>(c, CONTROL_ADDRESSES);
  const ports = load<usize>(c, CONTROL_PORTS);
  const metas = load<usize>(c, CONTROL_META);
  const vlans = load<usize>(c, CONTROL_VLANS);
  const hashes = load<usize>(c, CONTROL_HASHES);
  for (let k: u32 = 0; k < count; k++) {
    const row = addresses + (k << 5);
    const meta = load<u32>(metas + (k << 2)) | context;
    store<u32>(metas + (k << 2), meta);
    let h = (load<u32>(row) ^ 0x2545f491) * <u32>-1640531535;
    h = hashWord(h, load<u32>(row, 4));
    if (load<i8>(kinds + k) == 6) {
      for (let w: usize = 8; w < 32; w += 4) h = hashWord(h, load<u32>(row + w));
    }
    h = ((h ^ (h >>> 13)) + load<u32>(ports + (k << 2))) * <u32>-1028477379;
    const vlan = load<u32>(vlans + (k << 2)) * <u32>-1640531535;
    h = ((h ^ (h >>> 16)) + meta + vlan) * <u32>668265263;
    store<u32>(hashes + (k << 2), h ^ (h >>> 15));
  }
}
