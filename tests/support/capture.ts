/** One row of flow totals: what a 5-tuple carried, in IP bytes (header included) and packets. */
export interface FlowTotal {
  bytes: number;
  packets: number;
}

export interface CaptureTotals {
  /** Totals by `src dst srcPort dstPort proto`; ICMP has type × 256 + code in the place of the destination port. */
  readonly flows: Map<string, FlowTotal>;
  /** Every frame of the capture, link header included. */
  readonly frames: FlowTotal;
  /** Frames that carry neither IPv4 nor IPv6, link header included. */
  readonly nonIp: FlowTotal;
  readonly ip: FlowTotal;
}

const ETHERNET_HEADER = 14;
const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;
/** IPv6 extension headers that lead on to the upper-layer protocol (RFC 8200, section 4): all but ESP and none. */
const IPV6_EXTENSIONS = new Set([0, 43, 44, 60, 135]);

export function flowKey(src: string, dst: string, srcPort: number, dstPort: number, proto: number): string {
  return `${src} ${dst} ${srcPort} ${dstPort} ${proto}`;
}

function add(total: FlowTotal, bytes: number): void {
  total.bytes += bytes;
  total.packets += 1;
}

function ipv4Text(view: DataView, at: number): string {
  return [0, 1, 2, 3].map((i) => view.getUint8(at + i)).join(".");
}

/** RFC 5952 text of an IPv6 address: the longest run of two or more zero groups is shortened. */
function ipv6Text(view: DataView, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(at + 2 * i).toString(16));
  let best = { start: 0, length: 1 };
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === "0") end += 1;
    if (end - i > best.length) best = { start: i, length: end - i };
  }
  if (best.length === 1) return groups.join(":");
  return `${groups.slice(0, best.start).join(":")}::${groups.slice(best.start + best.length).join(":")}`;
}

/** The ports of a first fragment or whole packet whose upper-layer header starts at `at`. */
function ports(view: DataView, at: number, proto: number): [number, number] {
  if (proto === TCP || proto === UDP) return [view.getUint16(at), view.getUint16(at + 2)];
  if (proto === ICMP || proto === ICMPV6) return [0, view.getUint16(at)];
  return [0, 0];
}

/** Ports by fragmented datagram: a later fragment belongs to the flow of the first, when that came before it. */
type Fragments = Map<string, [number, number]>;

/** The flow and IP length of the packet at the start of `view`; undefined when it is neither IPv4 nor IPv6. */
function readPacket(
  view: DataView,
  etherType: number,
  fragments: Fragments,
): { key: string; bytes: number } | undefined {
  if (etherType === 0x0800) {
    const proto = view.getUint8(9);
    const [source, destination] = [ipv4Text(view, 12), ipv4Text(view, 16)];
    const datagram = `${source} ${destination} ${proto} ${view.getUint16(4)}`;
    const word = view.getUint16(6);
    const upper = (view.getUint8(0) & 0x0f) * 4;
    const [src, dst] = fragmentPorts(view, upper, proto, datagram, word & 0x1fff, (word & 0x2000) !== 0, fragments);
    return { key: flowKey(source, destination, src, dst, proto), bytes: view.getUint16(2) };
  }
  if (etherType !== 0x86dd) return undefined;
  const [source, destination] = [ipv6Text(view, 8), ipv6Text(view, 24)];
  let proto = view.getUint8(6);
  let at = 40;
  let word = 0;
  let id = 0;
  while (IPV6_EXTENSIONS.has(proto)) {
    const next = view.getUint8(at);
    if (proto === 44) {
      word = view.getUint16(at + 2);
      id = view.getUint32(at + 4);
      at += 8;
    } else {
      at += (view.getUint8(at + 1) + 1) * 8;
    }
    proto = next;
    if ((word & 0xfff8) !== 0) break;
  }
  const datagram = `${source} ${destination} ${proto} ${id}`;
  const [src, dst] = fragmentPorts(view, at, proto, datagram, word & 0xfff8, (word & 1) !== 0, fragments);
  return { key: flowKey(source, destination, src, dst, proto), bytes: view.getUint16(4) + 40 };
}

/** Ports of a packet whose upper-layer header, if this is the first fragment or a whole packet, starts at `at`. */
function fragmentPorts(
  view: DataView,
  at: number,
  proto: number,
  datagram: string,
  offset: number,
  more: boolean,
  fragments: Fragments,
): [number, number] {
  if (offset !== 0) return fragments.get(datagram) ?? [0, 0];
  const found = ports(view, at, proto);
  if (more) fragments.set(datagram, found);
  return found;
}

/**
 * What a capture file holds, per flow: an account that shares nothing with the product but the RFCs.
 * Reads the classic format of tcpdump, little-endian, microseconds, Ethernet; anything else is an error.
 */
export function readCapture(file: Uint8Array): CaptureTotals {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0, true) !== 0xa1b2c3d4 || view.getUint32(20, true) !== 1) {
    throw new Error("capture: not a little-endian microsecond Ethernet pcap file");
  }
  const totals: CaptureTotals = {
    flows: new Map(),
    frames: { bytes: 0, packets: 0 },
    nonIp: { bytes: 0, packets: 0 },
    ip: { bytes: 0, packets: 0 },
  };
  const fragments: Fragments = new Map();
  let at = 24;
  while (at < view.byteLength) {
    const captured = view.getUint32(at + 8, true);
    const original = view.getUint32(at + 12, true);
    const frame = at + 16;
    at = frame + captured;
    if (at > view.byteLength) throw new Error("capture: the last packet is cut off");
    add(totals.frames, original);
    const packet = new DataView(file.buffer, file.byteOffset + frame + ETHERNET_HEADER, captured - ETHERNET_HEADER);
    const read = readPacket(packet, view.getUint16(frame + 12), fragments);
    if (read === undefined) {
      add(totals.nonIp, original);
      continue;
    }
    add(totals.ip, read.bytes);
    const flow = totals.flows.get(read.key) ?? { bytes: 0, packets: 0 };
    add(flow, read.bytes);
    totals.flows.set(read.key, flow);
  }
  return totals;
}
