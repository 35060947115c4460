import type { PacketBatch } from "@ngflow/base";
import { OFFLOAD_HEADER_BYTES, ONE_PACKET, segmentsOf } from "./offload-header.ts";

/** Values of sll_pkttype (linux/if_packet.h): frames this host sent, as a tap sees them. */
const PACKET_OUTGOING = 4;
const PACKET_LOOPBACK = 5;
/** tp_status: the kernel took an 802.1Q tag out of the frame, hv1.tp_vlan_tci holds it. */
const TP_STATUS_VLAN_VALID = 0x10;

/** tp_status: the frame is several TCP segments in one (Linux 6.3). */
const TP_STATUS_GSO_TCP = 0x100;

/**
 * Words of struct tpacket_block_desc: num_pkts and offset_to_first_pkt. The kernel writes them when it opens the block.
 */
export const COUNT_WORD = 3;
const FIRST_WORD = 4;

/** Offset of sockaddr_ll.sll_pkttype from the frame's tpacket3_hdr: 48 bytes of header, 10 into the address. */
const PKTTYPE_OFFSET = 58;

/**
 * Appends the frames of one TPACKET_V3 block (struct tpacket_block_desc, tpacket3_hdr; host byte order) to two batches
 * over the same memory: those the interface received and those the host sent. When a batch is full the block's own
 * header is made to begin with the next frame, for the next call. A frame header that points outside the ring ends the
 * block: nothing is read outside it.
 * @param at index of the block's first 32-bit word.
 * @param offloads whether an offload header precedes each frame, so that segments are counted.
 * @returns frames read.
 */
export function readRingBlock(
  words: Uint32Array,
  halves: Uint16Array,
  bytes: Uint8Array,
  at: number,
  interfaceIndex: number,
  received: PacketBatch,
  sent: PacketBatch,
  offloads: boolean,
): number {
  const count = words[at + COUNT_WORD]!;
  const end = bytes.length;
  let header = at * 4 + words[at + FIRST_WORD]!;
  let left = 0;
  let n = 0;
  while (n < count) {
    const w = header >>> 2;
    const length = words[w + 3]!;
    const offset = header + halves[(header >>> 1) + 12]!;
    if (header + 68 > end || offset + length > end) break;
    const status = words[w + 5]!;
    const type = bytes[header + PKTTYPE_OFFSET]!;
    const batch = type === PACKET_OUTGOING ? sent : received;
    if (batch.count >= batch.capacity) {
      left = count - n;
      break;
    }
    n++;
    if (type < PACKET_LOOPBACK) {
      const i = batch.count++;
      batch.offsets[i] = offset;
      batch.lengths[i] = length;
      batch.wireLengths[i] = words[w + 4]!;
      batch.timesUs[i] = words[w + 1]! * 1_000_000 + Math.floor(words[w + 2]! / 1000);
      batch.rcvIfIndex[i] = type === PACKET_OUTGOING ? 0 : interfaceIndex;
      batch.fibs[i] = 0;
      batch.vlanTags[i] = (status & TP_STATUS_VLAN_VALID) !== 0 ? 0x10000 | (words[w + 8]! & 0xffff) : 0;
      batch.tags[i] = 0;
      const segments = offloads
        ? segmentsOf(bytes, offset - OFFLOAD_HEADER_BYTES, offset, length, words[w + 4]!)
        : (status & TP_STATUS_GSO_TCP) !== 0
          ? ONE_PACKET
          : 0;
      batch.segments[i] = segments;
      if (segments !== 0) batch.hasSegments = true;
    }
    const next = words[w]!;
    if (next === 0) break;
    header += next;
  }
  words[at + FIRST_WORD] = header - at * 4;
  words[at + COUNT_WORD] = left;
  return n;
}
