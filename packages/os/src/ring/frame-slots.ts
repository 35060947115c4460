import { PacketBatch } from "@ngflow/base";
import { type Libc, libc, MAP_FAILED, MAP_PRIVATE_ANONYMOUS, PROT_READ_WRITE } from "../libc.ts";
import { KernelError } from "../linux-errno.ts";
import {
  copyOffloadHeader,
  isMerged,
  needsChecksum,
  OFFLOAD_HEADER_BYTES,
  ONE_PACKET,
  segmentsOf,
} from "./offload-header.ts";

/** Where the frame begins in its slot; the header is just before it. */
const FRAME_AT = 16;
const HEADER_AT = FRAME_AT - OFFLOAD_HEADER_BYTES;
/** Room for a frame of 64 KiB with its Ethernet header and two VLAN tags. */
const SLOT_BYTES = 66_560;

/** The two addresses that a frame begins with; a VLAN tag follows them. */
const ADDRESSES_BYTES = 12;
const VLAN_TAG_BYTES = 4;

/** Memory of frames by the buffer of the batches over it. */
const slotsOf = new WeakMap<Uint8Array, FrameSlots>();

/**
 * Memory of a batch of frames with the offload state of each (virtio-net header), at addresses that never change, so
 * that the kernel reads and writes it in place. Frames of these slots keep their offload state through the graph: code
 * that writes such a frame to a TAP finds the header before it.
 */
export class FrameSlots {
  readonly batch: PacketBatch;
  readonly bytes: Uint8Array;
  private readonly c: Libc;
  private readonly mapped: bigint;
  private readonly base: number;
  private readonly countSegments: boolean;

  /**
   * @param countSegments whether a frame that an offload merged or has not cut yet counts as its segments, not as one
   *   packet
   * @throws KernelError ENOMEM.
   */
  constructor(count: number, countSegments = false) {
    this.countSegments = countSegments;
    this.c = libc();
    this.mapped = this.c.mmap(count * SLOT_BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1);
    if (this.mapped === MAP_FAILED) throw new KernelError(this.c.errno(), "no memory for frames");
    this.base = Number(this.mapped);
    this.bytes = new Uint8Array(this.c.view(this.mapped, count * SLOT_BYTES));
    this.batch = new PacketBatch(count, this.bytes);
    slotsOf.set(this.bytes, this);
  }

  /** The slots that hold a batch, undefined for frames from elsewhere. */
  static under(batch: PacketBatch): FrameSlots | undefined {
    return slotsOf.get(batch.buffer);
  }

  /** Bytes that a slot takes, header included. */
  get room(): number {
    return SLOT_BYTES - HEADER_AT;
  }

  /** Address of a slot's header. */
  addressOf(slot: number): number {
    return this.base + slot * SLOT_BYTES + HEADER_AT;
  }

  /** Where a slot's frame begins in `bytes`. */
  frameAt(slot: number): number {
    return slot * SLOT_BYTES + FRAME_AT;
  }

  /** Address of the header that belongs to a frame at `offset`; 0 when no frame was read to there. */
  headerOf(offset: number): number {
    return offset % SLOT_BYTES === FRAME_AT ? this.base + offset - OFFLOAD_HEADER_BYTES : 0;
  }

  /** Appends the frame of which `length` bytes, header included, were read to a slot. */
  push(slot: number, length: number, timeUs: number): void {
    const { batch, bytes } = this;
    const frame = length - OFFLOAD_HEADER_BYTES;
    const at = slot * SLOT_BYTES + FRAME_AT;
    batch.push(at, frame, frame, timeUs);
    const header = at - OFFLOAD_HEADER_BYTES;
    if (!isMerged(bytes, header)) return;
    const segments = this.countSegments ? segmentsOf(bytes, header, at, frame, frame) : ONE_PACKET;
    batch.segments[batch.count - 1] = segments;
    batch.hasSegments = true;
  }

  /**
   * Copies a frame from elsewhere into a slot, with its header, or one that marks it complete. A VLAN tag kept outside
   * the frame is put back into it. The caller has checked that it fits. Returns the length with the header.
   */
  copyFrom(batch: PacketBatch, i: number, slot: number): number {
    const to = slot * SLOT_BYTES + FRAME_AT;
    const from = batch.offsets[i]!;
    const length = batch.lengths[i]!;
    const tag = batch.vlanTags[i]!;
    const shift = tag === 0 ? 0 : VLAN_TAG_BYTES;
    keepOffloadHeader(batch, i, this.bytes, to, shift);
    Buffer.prototype.copy.call(batch.buffer, this.bytes, to, from, from + ADDRESSES_BYTES);
    Buffer.prototype.copy.call(
      batch.buffer,
      this.bytes,
      to + ADDRESSES_BYTES + shift,
      from + ADDRESSES_BYTES,
      from + length,
    );
    if (shift > 0) {
      this.bytes[to + ADDRESSES_BYTES] = 0x81;
      this.bytes[to + ADDRESSES_BYTES + 1] = 0x00;
      this.bytes[to + ADDRESSES_BYTES + 2] = (tag >>> 8) & 0xff;
      this.bytes[to + ADDRESSES_BYTES + 3] = tag & 0xff;
    }
    return OFFLOAD_HEADER_BYTES + length + shift;
  }

  close(): void {
    slotsOf.delete(this.bytes);
    this.c.munmap(this.mapped, this.bytes.length);
  }
}

/** Buffers of copies with an offload header in the bytes just before each. */
const copiesWithHeaders = new WeakSet<Uint8Array>();

/** Declares that in this buffer, as in `FrameSlots`, each frame has its offload header in the bytes just before it. */
export function declareOffloadHeaders(buffer: Uint8Array): void {
  copiesWithHeaders.add(buffer);
}

/** Whether frames of the batch may have offload headers, which copies of them have to keep. */
export function hasOffloadHeaders({ buffer }: PacketBatch): boolean {
  return slotsOf.has(buffer) || copiesWithHeaders.has(buffer);
}

/** Where the offload header of a frame begins in its buffer, -1 for a frame that is complete as it is. */
function offloadHeaderOf({ buffer, offsets }: PacketBatch, i: number): number {
  const offset = offsets[i]!;
  const slots = slotsOf.get(buffer);
  const has = slots === undefined ? copiesWithHeaders.has(buffer) : slots.headerOf(offset) !== 0;
  return has ? offset - OFFLOAD_HEADER_BYTES : -1;
}

/**
 * Writes an offload header just before `at` of a buffer, for a copy of frame `i` that is `more` bytes longer before its
 * transport header: that of the frame, or one that marks it complete.
 */
export function keepOffloadHeader(batch: PacketBatch, i: number, to: Uint8Array, at: number, more = 0): void {
  const header = offloadHeaderOf(batch, i);
  if (header < 0) to.fill(0, at - OFFLOAD_HEADER_BYTES, at);
  else copyOffloadHeader(batch.buffer, header, to, at - OFFLOAD_HEADER_BYTES, more);
}

/** Whether the transport checksum of a frame is still to be made: its place has the sum over the pseudo-header. */
export function hasUnfinishedChecksum(batch: PacketBatch, i: number): boolean {
  const header = offloadHeaderOf(batch, i);
  return header >= 0 && needsChecksum(batch.buffer, header);
}

/** Longest frame that a slot takes, with room for a tag. */
export const MAX_FRAME_BYTES = SLOT_BYTES - FRAME_AT - VLAN_TAG_BYTES;
