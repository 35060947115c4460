/** Bytes of struct virtio_net_hdr, which precedes a frame: its unfinished checksum and segmentation. */
export const OFFLOAD_HEADER_BYTES = 10;

/**
 * The header's fields, and their values (linux/virtio_net.h). Numbers are in host byte order, the little-endian one.
 */
const FLAGS_AT = 0;
const NEEDS_CHECKSUM = 0x01;
const TYPE_AT = 1;
const TYPE_MASK = 0x7f;
const TYPE_TCP4 = 1;
const TYPE_TCP6 = 4;
const TYPE_UDP = 5;
const HEADERS_AT = 2;
const PAYLOAD_AT = 4;
const CHECKSUM_START_AT = 6;

/** `PacketBatch.segments` of a frame of segments that counts as one packet. */
export const ONE_PACKET = 1;
const UDP_HEADER_BYTES = 8;
/** Where the fourth byte of words in a TCP header holds its length, in the upper half. */
const TCP_LENGTH_AT = 12;
const ETHERNET_BYTES = 14;
/**
 * The longest IPv6 packet without a jumbo payload option; the kernel puts that into a longer one, and takes it out
 * again.
 */
const IPV6_BYTES_MAX = 65_575;
const JUMBO_OPTION_BYTES = 8;

/** Whether the checksum of the frame after a header is still to be made, from a sum that is in its place. */
export function needsChecksum(bytes: Uint8Array, header: number): boolean {
  return (bytes[header + FLAGS_AT]! & NEEDS_CHECKSUM) !== 0;
}

/** Copies a header for a frame that is `more` bytes longer before its transport header, or shorter. */
export function copyOffloadHeader(from: Uint8Array, at: number, to: Uint8Array, toAt: number, more: number): void {
  for (let n = 0; n < OFFLOAD_HEADER_BYTES; n++) to[toAt + n] = from[at + n]!;
  if (more === 0) return;
  if (halfAt(to, toAt + HEADERS_AT) !== 0) addToHalf(to, toAt + HEADERS_AT, more);
  if (needsChecksum(to, toAt)) addToHalf(to, toAt + CHECKSUM_START_AT, more);
}

/** Whether the frame after a header is several segments. */
export function isMerged(bytes: Uint8Array, header: number): boolean {
  return bytes[header + TYPE_AT] !== 0;
}

/**
 * What an offload header says of its frame, as `PacketBatch.segments` has it: 0 for a frame as on the wire, and 1 for
 * one that is several segments where the header or what was captured does not show how many.
 * @param header where the header begins in `bytes`, and `frame` where its frame does
 * @param length bytes captured of the frame, at least 14
 * @param wireLength its bytes, without a tag kept outside it
 */
export function segmentsOf(
  bytes: Uint8Array,
  header: number,
  frame: number,
  length: number,
  wireLength: number,
): number {
  if (!isMerged(bytes, header)) return 0;
  const type = bytes[header + TYPE_AT]! & TYPE_MASK;
  const tcp = type === TYPE_TCP4 || type === TYPE_TCP6;
  if ((!tcp && type !== TYPE_UDP) || (bytes[header + FLAGS_AT]! & NEEDS_CHECKSUM) === 0) return ONE_PACKET;
  const payload = halfAt(bytes, header + PAYLOAD_AT);
  const transport = halfAt(bytes, header + CHECKSUM_START_AT);
  if (payload === 0 || transport + TCP_LENGTH_AT >= length) return ONE_PACKET;
  const headers = transport + (tcp ? (bytes[frame + transport + TCP_LENGTH_AT]! >>> 4) * 4 : UDP_HEADER_BYTES);
  const segments = Math.ceil((wireLength - headers) / payload);
  if (segments < 2 || segments > 0xffff || headers > 0xffff) return ONE_PACKET;
  const onWire =
    type === TYPE_TCP6 && wireLength > IPV6_BYTES_MAX + ETHERNET_BYTES ? headers - JUMBO_OPTION_BYTES : headers;
  return ((onWire << 16) | segments) >>> 0;
}

function halfAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

function addToHalf(bytes: Uint8Array, at: number, more: number): void {
  const sum = halfAt(bytes, at) + more;
  bytes[at] = sum;
  bytes[at + 1] = sum >>> 8;
}
