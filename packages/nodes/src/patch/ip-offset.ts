import { u16be } from "@ngflow/base";

const ETHERNET_BYTES = 14;
const VLAN_TAG_BYTES = 4;
/** MHLEN of sys/mbuf.h on 64-bit machines: headers that reach beyond so many bytes are not looked at. */
const MAX_HEADER_BYTES = 168;

/**
 * Offset of what follows the Ethernet header and its VLAN tags in the packet of `length` bytes at `at`; -1 when the
 * packet is shorter than these, or they are longer than 168 bytes.
 */
export function behindEthernet(bytes: Uint8Array, at: number, length: number): number {
  const end = Math.min(length, MAX_HEADER_BYTES);
  let offset = ETHERNET_BYTES;
  while (offset <= end) {
    const type = u16be(bytes, at + offset - 2);
    if (type !== 0x8100 && type !== 0x88a8 && type !== 0x9100) return offset;
    offset += VLAN_TAG_BYTES;
  }
  return -1;
}
