import { PacketBatch } from "@ngflow/graph";
import { type Libc, libc, MAP_FAILED, MAP_PRIVATE_ANONYMOUS, PROT_READ_WRITE } from "./libc.ts";
import { KernelError } from "./linux-errno.ts";

/** Bytes of struct virtio_net_hdr, which precedes every frame: its unfinished checksum and segmentation. */
export const OFFLOAD_HEADER_BYTES = 10;
/** Where the frame begins in its slot; the header lies just before. */
const FRAME_AT = 16;
const HEADER_AT = FRAME_AT - OFFLOAD_HEADER_BYTES;
/** Room for a frame of 64 KiB with its Ethernet header and two VLAN tags. */
const SLOT_BYTES = 66_560;

/** Memory of frames by the buffer of the batches over it. */
const slotsOf = new WeakMap<Uint8Array, FrameSlots>();

/**
 * Memory of a batch of frames with the offload state of each (virtio-net header), at addresses that never change, so
 * that the kernel reads and writes it in place. Frames of these slots keep their offload state through the graph: whoever
 * writes such a frame to a TAP finds the header before it.
 */
export class FrameSlots {
  readonly batch: PacketBatch;
  readonly bytes: Uint8Array;
  private readonly c: Libc;
  private readonly mapped: bigint;
  private readonly base: number;

  /** @throws KernelError ENOMEM. */
  constructor(count: number) {
    this.c = libc();
    this.mapped = this.c.mmap(count * SLOT_BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1);
    if (this.mapped === MAP_FAILED) throw new KernelError(this.c.errno(), "no memory for frames");
    this.base = Number(this.mapped);
    this.bytes = new Uint8Array(this.c.view(this.mapped, count * SLOT_BYTES));
    this.batch = new PacketBatch(count, this.bytes);
    slotsOf.set(this.bytes, this);
  }

  /** The slots that a batch lies in, undefined for frames from elsewhere. */
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

  /** Address of the header that belongs to a frame at `offset`; 0 when no frame was read to there. */
  headerOf(offset: number): number {
    return offset % SLOT_BYTES === FRAME_AT ? this.base + offset - OFFLOAD_HEADER_BYTES : 0;
  }

  /** Appends the frame of which `length` bytes, header included, were read to a slot. */
  push(slot: number, length: number, timeUs: number): void {
    const frame = length - OFFLOAD_HEADER_BYTES;
    this.batch.push(slot * SLOT_BYTES + FRAME_AT, frame, frame, timeUs);
  }

  /** Copies a frame from elsewhere into a slot, with a header that says: complete. The caller has checked the length. */
  copyFrom(batch: PacketBatch, i: number, slot: number): void {
    const at = slot * SLOT_BYTES + FRAME_AT;
    const from = batch.offsets[i]!;
    this.bytes.fill(0, at - OFFLOAD_HEADER_BYTES, at);
    Buffer.prototype.copy.call(batch.buffer, this.bytes, at, from, from + batch.lengths[i]!);
  }

  close(): void {
    slotsOf.delete(this.bytes);
    this.c.munmap(this.mapped, this.bytes.length);
  }
}

/** Longest frame that a slot takes. */
export const MAX_FRAME_BYTES = SLOT_BYTES - FRAME_AT;
