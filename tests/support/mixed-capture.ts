// The seeded office again, on a network of today: VLAN tags, stacked tags, and datagrams in fragments.

interface Frame {
  readonly header: Uint8Array;
  readonly bytes: Uint8Array;
}

const ETHERNET_HEADER = 14;
const UDP = 17;
/** Bytes of the first fragment's IP payload. */
const FIRST_FRAGMENT = 192;

function framesOf(file: Uint8Array): Frame[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const frames: Frame[] = [];
  for (let at = 24; at < file.length;) {
    const end = at + 16 + view.getUint32(at + 8, true);
    frames.push({ header: file.slice(at, at + 16), bytes: file.slice(at + 16, end) });
    at = end;
  }
  return frames;
}

function fileOf(head: Uint8Array, frames: readonly Frame[]): Uint8Array {
  const records = frames.map(({ header, bytes }) => {
    const record = new Uint8Array(16 + bytes.length);
    record.set(header);
    const view = new DataView(record.buffer);
    view.setUint32(8, bytes.length, true);
    view.setUint32(12, bytes.length, true);
    record.set(bytes, 16);
    return record;
  });
  return Buffer.concat([head, ...records]);
}

function etherType(bytes: Uint8Array): number {
  return (bytes[12]! << 8) | bytes[13]!;
}

function checksum(header: Uint8Array): void {
  header.fill(0, 10, 12);
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += (header[i]! << 8) | header[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  header[10] = (~sum >>> 8) & 255;
  header[11] = ~sum & 255;
}

/** Two fragments of a frame's UDP datagram over IPv4; the frame itself when it holds none that is long enough. */
function fragments(bytes: Uint8Array, id: number): Uint8Array[] {
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
    checksum(part.subarray(ETHERNET_HEADER, ETHERNET_HEADER + 20));
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
  const head = file.slice(0, 24);
  const all = framesOf(file).flatMap(({ header, bytes }, i) =>
    fragments(bytes, i & 0xffff).map((part): Frame => ({ header, bytes: part })),
  );
  const withTags = all.map(({ header, bytes }): Frame => ({ header, bytes: tagged(bytes, tagsOf(bytes, stacked)) }));
  return { fragmented: fileOf(head, all), tagged: fileOf(head, withTags) };
}
