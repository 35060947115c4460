import { LINK_ETHERNET } from "@ngflow/base";
import { type ColumnMemory, NEW_ARRAYS } from "./column-memory.ts";
import type { PacketColumns } from "./columns.ts";
import { skipToIp, vlansOf } from "./ethernet.ts";
import {
  SKIP_MALFORMED,
  SKIP_NOT_IP,
  SKIP_TRUNCATED_LINK,
  SKIP_TRUNCATED_NETWORK,
  SKIP_TRUNCATED_TRANSPORT,
} from "./skip-reason.ts";

const TCP = 6;
const ICMP = 1;
const ICMPV6 = 58;

/**
 * Results of parsing, one element per packet. `kind` is 4 or 6 for a packet that can be metered, else `-1 - reason`.
 * Addresses and ports keep the byte order of the packet: words are loaded as little-endian and stored back unchanged.
 */
export class ParsedPackets {
  readonly capacity: number;
  readonly kind: Int8Array;
  /** IP version when the IP header was found, even if the packet is skipped; else 0. */
  readonly family: Uint8Array;
  /** IPv4: elements 0 and 1 of each row of 8 are source and destination. IPv6: 0 to 3 source, 4 to 7 destination. */
  readonly addresses: Int32Array;
  /** Source port in the low half, destination port in the high half, as loaded. ICMP: type and code as destination. */
  readonly ports: Int32Array;
  /** Protocol in the low byte, type of service (traffic class) in the next. */
  readonly meta: Int32Array;
  /** VLANs of the frame, as `vlansOf` has them; only of packets that can be metered. */
  readonly vlans: Int32Array;
  /** IP total length. */
  readonly bytes: Uint32Array;
  readonly tcpFlags: Uint8Array;
  /** Offset of the IP header that `parsePacket` last read. */
  ipAt = 0;
  /** Fragments among the rows: the first `fragmentCount` elements of the next three arrays describe them. */
  fragmentCount = 0;
  readonly fragmentRows: Uint32Array;
  /** Identification field of the datagram. */
  readonly fragmentIds: Int32Array;
  /** 1 for a fragment after the first, whose row has ports 0. */
  readonly fragmentLater: Uint8Array;

  /** @param memory holds the eleven columns of results */
  constructor(capacity: number, memory: ColumnMemory = NEW_ARRAYS) {
    this.capacity = capacity;
    this.kind = memory.int8(capacity);
    this.family = memory.bytes(capacity);
    this.addresses = memory.int32(8 * capacity);
    this.ports = memory.int32(capacity);
    this.meta = memory.int32(capacity);
    this.vlans = memory.int32(capacity);
    this.bytes = memory.uint32(capacity);
    this.tcpFlags = memory.bytes(capacity);
    this.fragmentRows = memory.uint32(capacity);
    this.fragmentIds = memory.int32(capacity);
    this.fragmentLater = memory.bytes(capacity);
  }
}

function addFragment(out: ParsedPackets, k: number, id: number, later: 0 | 1): void {
  if (out.fragmentCount === out.capacity) return;
  const i = out.fragmentCount++;
  out.fragmentRows[i] = k;
  out.fragmentIds[i] = id;
  out.fragmentLater[i] = later;
}

/**
 * Parses packets `from` to `from + count - 1` of a batch into rows 0 to `count - 1` of `out`. The common packet
 * (Ethernet, IPv4 without options, TCP or UDP, not a fragment) takes the inner path; `parsePacket` does all the others.
 * @param view over `batch.buffer`, made once per buffer
 */
export function parsePackets(
  batch: PacketColumns,
  view: DataView,
  from: number,
  count: number,
  linkType: number,
  out: ParsedPackets,
): void {
  const { offsets, lengths, wireLengths, buffer } = batch;
  const { kind, family, addresses, ports, meta, vlans, bytes, tcpFlags } = out;
  const ethernet = linkType === LINK_ETHERNET;
  out.fragmentCount = 0;
  for (let k = 0; k < count; k++) {
    const o = offsets[from + k]!;
    const length = lengths[from + k]!;
    if (ethernet && length >= 54) {
      const word = view.getInt32(o + 12);
      if (word >>> 8 === 0x080045 && (view.getUint8(o + 21) | (view.getUint8(o + 20) & 0x3f)) === 0) {
        const total = view.getUint16(o + 16);
        const protocol = view.getUint8(o + 23);
        if ((protocol === 6 || protocol === 17) && total >= 40) {
          kind[k] = 4;
          family[k] = 4;
          addresses[8 * k] = view.getInt32(o + 26, true);
          addresses[8 * k + 1] = view.getInt32(o + 30, true);
          ports[k] = view.getInt32(o + 34, true);
          meta[k] = protocol | ((word & 0xff) << 8);
          vlans[k] = 0;
          bytes[k] = total;
          tcpFlags[k] = protocol === 6 ? view.getUint8(o + 47) : 0;
          continue;
        }
      }
    }
    parsePacket(buffer, view, o, length, wireLengths[from + k]!, ethernet, k, out);
  }
}

/** Parses one packet into row `k`: every link, network and transport header that is metered. */
export function parsePacket(
  buffer: Uint8Array,
  view: DataView,
  offset: number,
  length: number,
  wireLength: number,
  ethernet: boolean,
  k: number,
  out: ParsedPackets,
): void {
  const end = offset + length;
  let at = offset;
  out.family[k] = 0;
  out.vlans[k] = 0;
  if (ethernet) {
    if (length < 14) {
      out.kind[k] = -1 - SKIP_TRUNCATED_LINK;
      return;
    }
    const etherType = view.getUint16(offset + 12);
    at = skipToIp(buffer, offset + 14, end, etherType, offset + wireLength);
    if (at < 0) {
      out.kind[k] = at;
      return;
    }
    out.vlans[k] = vlansOf(buffer, offset + 14, etherType);
  }
  if (at >= end) {
    out.kind[k] = -1 - SKIP_TRUNCATED_NETWORK;
    return;
  }
  out.ipAt = at;
  const version = buffer[at]! >>> 4;
  const wireFromIp = wireLength - (at - offset);
  if (version === 4) {
    out.family[k] = 4;
    out.kind[k] = parseIpv4(buffer, view, at, end, wireFromIp, k, out);
  } else if (version === 6) {
    out.family[k] = 6;
    out.kind[k] = parseIpv6(buffer, view, at, end, wireFromIp, k, out);
  } else {
    out.kind[k] = -1 - (ethernet ? SKIP_MALFORMED : SKIP_NOT_IP);
  }
}

function parseIpv4(
  buffer: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  wireFromIp: number,
  k: number,
  out: ParsedPackets,
): number {
  if (end - at < 20) return -1 - SKIP_TRUNCATED_NETWORK;
  const headerBytes = (buffer[at]! & 0x0f) * 4;
  if (headerBytes < 20) return -1 - SKIP_MALFORMED;
  // Segmentation offload hands over packets larger than the field can say; they carry 0 (Linux, BIG TCP).
  const field = view.getUint16(at + 2);
  const total = field === 0 ? wireFromIp : field;
  if (total < headerBytes) return -1 - SKIP_MALFORMED;
  if (end - at < headerBytes) return -1 - SKIP_TRUNCATED_NETWORK;
  const limit = Math.min(end, at + total);
  const protocol = buffer[at + 9]!;
  out.addresses[8 * k] = view.getInt32(at + 12, true);
  out.addresses[8 * k + 1] = view.getInt32(at + 16, true);
  out.meta[k] = protocol | (buffer[at + 1]! << 8);
  out.bytes[k] = total;
  const fragment = view.getUint16(at + 6) & 0x3fff;
  if ((fragment & 0x1fff) !== 0) {
    out.ports[k] = 0;
    out.tcpFlags[k] = 0;
    addFragment(out, k, view.getUint16(at + 4), 1);
    return 4;
  }
  if (!parseTransport(buffer, view, at + headerBytes, limit, protocol, ICMP, k, out)) {
    return -1 - SKIP_TRUNCATED_TRANSPORT;
  }
  if (fragment !== 0) addFragment(out, k, view.getUint16(at + 4), 0);
  return 4;
}

function parseIpv6(
  buffer: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  wireFromIp: number,
  k: number,
  out: ParsedPackets,
): number {
  if (end - at < 40) return -1 - SKIP_TRUNCATED_NETWORK;
  const payload = view.getUint16(at + 4);
  let next = buffer[at + 6]!;
  // A jumbogram's length is in a hop-by-hop option (RFC 2675); the length on the wire is the same, without parsing it.
  const total = payload === 0 && next === 0 ? Math.max(wireFromIp, 40) : payload + 40;
  const limit = Math.min(end, at + total);
  const row = 8 * k;
  for (let w = 0; w < 8; w++) out.addresses[row + w] = view.getInt32(at + 8 + 4 * w, true);
  out.bytes[k] = total;
  const trafficClass = (view.getUint16(at) >>> 4) & 0xff;
  let p = at + 40;
  let firstFragmentAt = 0;
  for (;;) {
    if (next === 0 || next === 43 || next === 60 || next === 51) {
      if (limit - p < 2) return -1 - SKIP_TRUNCATED_NETWORK;
      const size = next === 51 ? (buffer[p + 1]! + 2) * 4 : (buffer[p + 1]! + 1) * 8;
      if (limit - p < size) return -1 - SKIP_TRUNCATED_NETWORK;
      next = buffer[p]!;
      p += size;
    } else if (next === 44) {
      if (limit - p < 8) return -1 - SKIP_TRUNCATED_NETWORK;
      next = buffer[p]!;
      const fragment = view.getUint16(p + 2) & 0xfff9;
      if ((fragment & 0xfff8) !== 0) {
        out.meta[k] = next | (trafficClass << 8);
        out.ports[k] = 0;
        out.tcpFlags[k] = 0;
        addFragment(out, k, view.getInt32(p + 4), 1);
        return 6;
      }
      if (fragment !== 0) firstFragmentAt = p;
      p += 8;
    } else break;
  }
  out.meta[k] = next | (trafficClass << 8);
  if (!parseTransport(buffer, view, p, limit, next, ICMPV6, k, out)) return -1 - SKIP_TRUNCATED_TRANSPORT;
  if (firstFragmentAt !== 0) addFragment(out, k, view.getInt32(firstFragmentAt + 4), 0);
  return 6;
}

/** Ports, ICMP type and code, TCP flags. False when they are cut. */
function parseTransport(
  buffer: Uint8Array,
  view: DataView,
  at: number,
  limit: number,
  protocol: number,
  icmp: number,
  k: number,
  out: ParsedPackets,
): boolean {
  out.tcpFlags[k] = 0;
  if (protocol === TCP) {
    if (limit - at < 14) return false;
    out.ports[k] = view.getInt32(at, true);
    out.tcpFlags[k] = buffer[at + 13]!;
    return true;
  }
  // UDP, SCTP, UDP-Lite and DCCP begin with the two ports.
  if (protocol === 17 || protocol === 132 || protocol === 136 || protocol === 33) {
    if (limit - at < 4) return false;
    out.ports[k] = view.getInt32(at, true);
    return true;
  }
  if (protocol === icmp) {
    if (limit - at < 2) return false;
    out.ports[k] = (buffer[at]! << 16) | (buffer[at + 1]! << 24);
    return true;
  }
  out.ports[k] = 0;
  return true;
}
