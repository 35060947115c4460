import { etherType, fileOf, type Frame, framesOf, writeIpv4Checksum } from "./pcap-frames.ts";

// The seeded office again, on a network of today: VLAN tags, stacked tags, and datagrams in fragments.

const ETHERNET_HEADER = 14;
const UDP = 17;
/** Bytes of the first fragment's IP payload. */
const FIRST_FRAGMENT = 192;

/** Two fragments of a frame's UDP datagram; the frame itself when it holds none that is long enough. */
function fragments(bytes: Uint8Array, id: number): Uint8Array[] {
  return etherType(bytes) === 0x86dd ? fragments6(bytes, id) : fragments4(bytes, id);
}

function fragments6(bytes: Uint8Array, id: number): Uint8Array[] {
  const ip = bytes.subarray(ETHERNET_HEADER);
  if (ip[6] !== UDP || ip.length < 40 + 2 * FIRST_FRAGMENT) return [bytes];
  return [0, FIRST_FRAGMENT].map((from) => {
    const payload = ip.subarray(40 + from, from === 0 ? 40 + FIRST_FRAGMENT : ip.length);
    const part = new Uint8Array(ETHERNET_HEADER + 48 + payload.length);
    part.set(bytes.subarray(0, ETHERNET_HEADER + 40));
    part.set(payload, ETHERNET_HEADER + 48);
    const view = new DataView(part.buffer, ETHERNET_HEADER);
    view.setUint16(4, 8 + payload.length);
    view.setUint8(6, 44);
    view.setUint8(40, UDP);
    view.setUint16(42, from === 0 ? 1 : from);
    view.setUint32(44, id);
    return part;
  });
}

function fragments4(bytes: Uint8Array, id: number): Uint8Array[] {
  const ip = bytes.subarray(ETHERNET_HEADER);
  if (etherType(bytes) !== 0x0800 || ip[9] !== UDP || ip.length < 20 + 2 * FIRST_FRAGMENT) return [bytes];
  return [0, FIRST_FRAGMENT].map((from) => {
    const payload = ip.subarray(20 + from, from === 0 ? 20 + FIRST_FRAGMENT : ip.length);
    const part = new Uint8Array(ETHERNET_HEADER + 20 + payload.length);
    part.set(bytes.subarray(0, ETHERNET_HEADER + 20));
    part.set(payload, ETHERNET_HEADER + 20);
    const view = new DataView(part.buffer, ETHERNET_HEADER);
    view.setUint16(2, 20 + payload.length);
    view.setUint16(4, id);
    view.setUint16(6, from === 0 ? 0x2000 : from / 8);
    writeIpv4Checksum(part.subarray(ETHERNET_HEADER, ETHERNET_HEADER + 20));
    return part;
  });
}

function tagged(bytes: Uint8Array, tags: readonly number[]): Uint8Array {
  const link = tags.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
  return Buffer.concat([bytes.subarray(0, 12), Uint8Array.from(link), bytes.subarray(12)]);
}

/** Which tags a conversation's frames carry: none, one, or two; by the lower bits of its addresses. */
function tagsOf(bytes: Uint8Array, stacked: boolean): readonly number[] {
  const last = bytes[etherType(bytes) === 0x0800 ? ETHERNET_HEADER + 15 : ETHERNET_HEADER + 23]! & 3;
  if (last === 1) return [0x8100_0000 | 101];
  return last === 2 && stacked ? [0x88a8_0000 | 200, 0x8100_0000 | 102] : [];
}

/** The capture with fragments, and the same with tags in front of some of its packets. */
export interface MixedCapture {
  readonly fragmented: Uint8Array;
  readonly tagged: Uint8Array;
}

/** @param stacked whether some conversations have two tags */
export function mixCapture(file: Uint8Array, stacked: boolean): MixedCapture {
  const all = framesOf(file).flatMap(({ header, bytes }, i) =>
    fragments(bytes, i & 0xffff).map((part): Frame => ({ header, bytes: part })),
  );
  const withTags = all.map(({ header, bytes }): Frame => ({ header, bytes: tagged(bytes, tagsOf(bytes, stacked)) }));
  return { fragmented: fileOf(file, all), tagged: fileOf(file, withTags) };
}
