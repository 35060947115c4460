import type { PacketBatch } from "@ngflow/base";

const TYPE_OFFSET = 12;
const FIRST_ETHERTYPE = 0x600;
const IPV4 = 0x0800;
const ARP = 0x0806;
const REVARP = 0x8035;
const VLAN = 0x8100;
const IPV6 = 0x86dd;
const PAUSE = 0x8808;
const SERVICE_VLAN = 0x88a8;

/**
 * Whether the host's stack would not recognise the frame's type, judged as FreeBSD's ether_demux does: IPv4, ARP, IPv6
 * and VLAN tags are known; 802.3 length frames and every other EtherType are not.
 */
export function isOrphan(batch: PacketBatch, i: number): boolean {
  if (batch.lengths[i]! < TYPE_OFFSET + 2) return false;
  if (batch.vlanTags[i] !== 0) return false;
  const at = batch.offsets[i]! + TYPE_OFFSET;
  const type = (batch.buffer[at]! << 8) | batch.buffer[at + 1]!;
  if (type < FIRST_ETHERTYPE) return true;
  switch (type) {
    case IPV4:
    case ARP:
    case REVARP:
    case VLAN:
    case IPV6:
    case PAUSE:
    case SERVICE_VLAN:
      return false;
    default:
      return true;
  }
}
