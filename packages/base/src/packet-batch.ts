import type { TagList } from "./tag-list.ts";

/** Link types of a batch: an Ethernet frame, or an IP packet without a link header (tcpdump.org/linktypes.html). */
export const LINK_ETHERNET = 1;
export const LINK_RAW = 12;

/** Allocates columns of so many zeros. */
interface ColumnMemory {
  uint32(length: number): Uint32Array;
  float64(length: number): Float64Array;
}

/** Bits of `extras`. */
const SEGMENTS = 1;
const TAG_LISTS = 2;

/** How many packets on the wire a frame stands for, from its element of `PacketBatch.segments`. */
export function packetsOf(segments: number): number {
  return Math.max(1, segments & 0xffff);
}

/**
 * Packets move in batches: offsets, lengths and facts over one buffer. A batch is borrowed: it is valid until the
 * `receive` it was passed to returns, so a receiver that keeps a packet copies it. Receivers never change packet bytes;
 * a node that must change them works on a copy.
 */
export class PacketBatch {
  /** Bytes of every packet of this batch. */
  buffer: Uint8Array;
  /** Packets in use, 0 to `capacity`. */
  count = 0;
  /** First byte of each packet in `buffer`. */
  readonly offsets: Uint32Array;
  /** Bytes present in `buffer` (captured length). */
  readonly lengths: Uint32Array;
  /** Bytes on the wire; at least `lengths`. */
  readonly wireLengths: Uint32Array;
  /** Unix time in microseconds, an integer in a double (exact until the year 2255). */
  readonly timesUs: Float64Array;
  /** Interface index the packet was received on, 0 if none. */
  readonly rcvIfIndex: Uint16Array;
  /** Routing table number. */
  readonly fibs: Uint16Array;
  /** VLAN tag that the kernel removed from the frame: 0, or 0x10000 | TCI. */
  readonly vlanTags: Uint32Array;
  /**
   * For a frame of several TCP or UDP segments, merged on receipt or not yet split for sending (GRO, TSO). The low half
   * is the number of segments. The high half is the length of the headers of each segment on the wire, counted from the
   * frame's first byte. 0 for a frame as on the wire.
   */
  readonly segments: Uint32Array;
  /** Bits set by nodes that marked the packet; a node gets its bit from `NodeContext.tagBit`. */
  readonly tags: Uint32Array;
  /** Tags attached to each packet, where `hasTagLists`; otherwise no packet has any, whatever the elements are. */
  readonly tagLists: (TagList | null)[] = [];
  /** What few packets have: SEGMENTS, TAG_LISTS. One number, so that a packet costs one comparison. */
  private extras = 0;
  /** What the packets begin with: LINK_ETHERNET or LINK_RAW. */
  linkType = LINK_ETHERNET;
  readonly capacity: number;

  /** @param memory holds offsets, lengths and times; absent: separate arrays */
  constructor(capacity: number, buffer: Uint8Array = new Uint8Array(0), memory?: ColumnMemory) {
    this.capacity = capacity;
    this.buffer = buffer;
    this.offsets = memory?.uint32(capacity) ?? new Uint32Array(capacity);
    this.lengths = memory?.uint32(capacity) ?? new Uint32Array(capacity);
    this.wireLengths = memory?.uint32(capacity) ?? new Uint32Array(capacity);
    this.timesUs = memory?.float64(capacity) ?? new Float64Array(capacity);
    this.rcvIfIndex = new Uint16Array(capacity);
    this.fibs = new Uint16Array(capacity);
    this.vlanTags = new Uint32Array(capacity);
    this.segments = new Uint32Array(capacity);
    this.tags = new Uint32Array(capacity);
  }

  /** Whether any element of `segments` may be other than 0. */
  get hasSegments(): boolean {
    return (this.extras & SEGMENTS) !== 0;
  }

  set hasSegments(has: boolean) {
    this.extras = has ? this.extras | SEGMENTS : this.extras & ~SEGMENTS;
  }

  /** Whether any element of `tagLists` may be other than null. */
  get hasTagLists(): boolean {
    return (this.extras & TAG_LISTS) !== 0;
  }

  /** A batch of one packet, all of it present. For tests, tools and datagrams made by nodes. */
  static of(packet: Uint8Array, timeUs = 0): PacketBatch {
    const batch = new PacketBatch(1, packet);
    batch.push(0, packet.length, packet.length, timeUs);
    return batch;
  }

  /** Empties the batch, for packets of another buffer. */
  reset(buffer: Uint8Array): void {
    this.count = 0;
    this.buffer = buffer;
    this.extras = 0;
  }

  /** Appends a packet; facts other than these start at 0. The caller has checked `count < capacity`. */
  push(offset: number, length: number, wireLength: number, timeUs: number): void {
    const i = this.count++;
    this.offsets[i] = offset;
    this.lengths[i] = length;
    this.wireLengths[i] = wireLength;
    this.timesUs[i] = timeUs;
    this.rcvIfIndex[i] = 0;
    this.fibs[i] = 0;
    this.vlanTags[i] = 0;
    this.segments[i] = 0;
    this.tags[i] = 0;
    if ((this.extras & TAG_LISTS) !== 0) this.tagLists[i] = null;
  }

  /** Appends packet `i` of another batch over the same buffer, facts included. */
  pushFrom(other: PacketBatch, i: number): void {
    const j = this.count++;
    this.offsets[j] = other.offsets[i]!;
    this.lengths[j] = other.lengths[i]!;
    this.wireLengths[j] = other.wireLengths[i]!;
    this.timesUs[j] = other.timesUs[i]!;
    this.rcvIfIndex[j] = other.rcvIfIndex[i]!;
    this.fibs[j] = other.fibs[i]!;
    this.vlanTags[j] = other.vlanTags[i]!;
    this.tags[j] = other.tags[i]!;
    this.segments[j] = other.segments[i]!;
    this.linkType = other.linkType;
    if ((this.extras | other.extras) !== 0) this.pushExtras(other, i, j);
  }

  private pushExtras(other: PacketBatch, i: number, j: number): void {
    this.extras |= other.extras & SEGMENTS;
    this.setTagList(j, other.hasTagLists ? other.tagLists[i]! : null);
  }

  /** Replaces the tags of packet `i`. */
  setTagList(i: number, list: TagList | null): void {
    const lists = this.tagLists;
    if (!this.hasTagLists) {
      if (list === null) return;
      this.extras |= TAG_LISTS;
      lists.fill(null);
      while (lists.length < this.capacity) lists.push(null);
    }
    lists[i] = list;
  }

  /** Copies another batch's packets into this one, over the same buffer. The caller has checked the capacity. */
  copyFrom(other: PacketBatch): void {
    this.reset(other.buffer);
    const { count } = other;
    if (2 * count < other.capacity || this.capacity < other.capacity) {
      for (let i = 0; i < count; i++) this.pushFrom(other, i);
      return;
    }
    // Whole arrays are copied faster than their elements.
    this.offsets.set(other.offsets);
    this.lengths.set(other.lengths);
    this.wireLengths.set(other.wireLengths);
    this.timesUs.set(other.timesUs);
    this.rcvIfIndex.set(other.rcvIfIndex);
    this.fibs.set(other.fibs);
    this.vlanTags.set(other.vlanTags);
    this.segments.set(other.segments);
    this.tags.set(other.tags);
    this.count = count;
    this.linkType = other.linkType;
    this.extras = other.extras & SEGMENTS;
    if (other.hasTagLists) for (let i = 0; i < count; i++) this.setTagList(i, other.tagLists[i]!);
  }

  /** Sum of `wireLengths`. */
  wireBytes(): number {
    const lengths = this.wireLengths;
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += lengths[i]!;
    return sum;
  }

  /** Packets on the wire in this batch: `count`, plus the further segments of merged frames. */
  wirePackets(): number {
    if (!this.hasSegments) return this.count;
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += packetsOf(this.segments[i]!);
    return sum;
  }

  /** Header bytes of the further segments of merged frames on the wire, in addition to `wireBytes`. */
  segmentHeaderBytes(): number {
    let sum = 0;
    if (!this.hasSegments) return sum;
    for (let i = 0; i < this.count; i++) {
      const segments = this.segments[i]!;
      sum += (packetsOf(segments) - 1) * (segments >>> 16);
    }
    return sum;
  }

  /** A view of the captured bytes of one packet. It allocates: only for the control plane and tests. */
  packet(i: number): Uint8Array {
    return this.buffer.subarray(this.offsets[i]!, this.offsets[i]! + this.lengths[i]!);
  }
}
