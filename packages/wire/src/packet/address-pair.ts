import { LINK_ETHERNET } from "@ngflow/base";
import { skipToIp } from "./ethernet.ts";

const ETHERTYPE_IPV4 = 0x0800;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;

/**
 * A number from the two addresses of a packet: the same for both directions, and for every fragment of a datagram,
 * whatever its ports.
 * @param view over `buffer`
 * @param at offset of the packet, which has `length` bytes there and begins as `linkType` says (LINK_…)
 * @returns 16 bits: a number that is not on the heap; 0 for a packet without whole IP addresses
 */
export function addressPairHash(
  buffer: Uint8Array,
  view: DataView,
  at: number,
  length: number,
  linkType: number,
): number {
  const end = at + length;
  let ip = at;
  if (linkType === LINK_ETHERNET) {
    if (length < 14) return 0;
    const type = view.getUint16(at + 12);
    ip = type === ETHERTYPE_IPV4 ? at + 14 : skipToIp(buffer, at + 14, end, type);
    if (ip < 0) return 0;
  }
  if (end - ip < IPV4_BYTES) return 0;
  const version = view.getUint8(ip) >>> 4;
  if (version === 4) {
    // Little-endian, as the processor has it: which bytes are which does not matter.
    const source = view.getInt32(ip + 12, true);
    const destination = view.getInt32(ip + 16, true);
    return mix(source ^ destination, source + destination);
  }
  if (version !== 6 || end - ip < IPV6_BYTES) return 0;
  let differ = 0;
  let sum = 0;
  for (let w = ip + 8; w < ip + 24; w += 4) {
    const source = view.getInt32(w, true);
    const destination = view.getInt32(w + 16, true);
    differ = Math.imul(differ, 0x01000193) + (source ^ destination);
    sum = (Math.imul(sum, 0x01000193) + source + destination) | 0;
  }
  return mix(differ, sum);
}

/** Mixes what two addresses have in common, in either order: how they differ, and their sum. */
function mix(differ: number, sum: number): number {
  let h = Math.imul(differ ^ 0x2545f491, 0x9e3779b1) ^ Math.imul(sum, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35);
  return (h ^ (h << 13)) >>> 16;
}
