import { skipToIp } from "./ethernet.ts";

const IPV4_IN_IP = 4;
const UDP = 17;
const IPV6_IN_IP = 41;
const GRE = 47;
const VXLAN_PORT = 4789;
const IP_HEADERS_MAX = 8;
/** Values of the first byte of layer2SegmentId (IANA IPFIX element 351). */
const SEGMENT_VXLAN = 1;
const SEGMENT_NVGRE = 2;

/** Where a tunnelled packet begins; written by `enterTunnel`. */
export class TunnelEntry {
  /** Offset of the inner Ethernet or IP header. */
  at = 0;
  ethernet = false;
  /** layer2SegmentId: type and 24-bit network identifier; 0 if the tunnel has none. */
  segmentType = 0;
  segment = 0;
}

/** Whether a parsed row may be a tunnel that `enterTunnel` knows; `ports` as loaded by the parser. */
export function mayBeTunnel(protocol: number, ports: number): boolean {
  if (protocol === UDP) return ((ports >>> 24) | ((ports >>> 8) & 0xff00)) === VXLAN_PORT;
  return protocol === GRE || protocol === IPV4_IN_IP || protocol === IPV6_IN_IP;
}

/**
 * Finds the packet inside GRE (RFC 2784, 2890; IP and Ethernet payloads, NVGRE's RFC 7637), VXLAN (RFC 7348) or IP in
 * IP (RFC 2003, 4213). Nothing beyond `end` is read.
 * @returns false when there is none, or when it is cut or a fragment.
 */
export function enterTunnel(
  buffer: Uint8Array,
  view: DataView,
  offset: number,
  end: number,
  ethernet: boolean,
  out: TunnelEntry,
): boolean {
  let at = offset;
  if (ethernet) {
    if (end - at < 14) return false;
    at = skipToIp(buffer, at + 14, end, view.getUint16(at + 12));
    if (at < 0) return false;
  }
  if (end - at < 20) return false;
  let protocol: number;
  if (buffer[at]! >>> 4 === 4) {
    if ((view.getUint16(at + 6) & 0x3fff) !== 0) return false;
    protocol = buffer[at + 9]!;
    at += (buffer[at]! & 0x0f) * 4;
  } else {
    if (end - at < 40) return false;
    protocol = buffer[at + 6]!;
    at += 40;
    for (let n = 0; protocol === 0 || protocol === 43 || protocol === 60; n++) {
      if (end - at < 8 || n === IP_HEADERS_MAX) return false;
      protocol = buffer[at]!;
      at += (buffer[at + 1]! + 1) * 8;
    }
  }
  out.segmentType = 0;
  out.segment = 0;
  if (protocol === IPV4_IN_IP || protocol === IPV6_IN_IP) return found(out, at, end, false);
  if (protocol === GRE) return enterGre(buffer, view, at, end, out);
  if (protocol !== UDP || end - at < 16 || view.getUint16(at + 2) !== VXLAN_PORT) return false;
  if ((buffer[at + 8]! & 0x08) === 0) return false;
  out.segmentType = SEGMENT_VXLAN;
  out.segment = view.getUint32(at + 12) >>> 8;
  return found(out, at + 16, end, true);
}

function enterGre(buffer: Uint8Array, view: DataView, start: number, end: number, out: TunnelEntry): boolean {
  if (end - start < 4) return false;
  const flags = view.getUint16(start);
  // Version 0 without source routing.
  if ((flags & 0x4007) !== 0) return false;
  const type = view.getUint16(start + 2);
  let at = start + 4;
  if ((flags & 0x8000) !== 0) at += 4;
  if ((flags & 0x2000) !== 0) {
    if (end - at < 4) return false;
    if (type === 0x6558) {
      out.segmentType = SEGMENT_NVGRE;
      out.segment = view.getUint32(at) >>> 8;
    }
    at += 4;
  }
  if ((flags & 0x1000) !== 0) at += 4;
  if (type === 0x0800 || type === 0x86dd) return found(out, at, end, false);
  return type === 0x6558 && found(out, at, end, true);
}

function found(out: TunnelEntry, at: number, end: number, ethernet: boolean): boolean {
  out.at = at;
  out.ethernet = ethernet;
  return at < end;
}
