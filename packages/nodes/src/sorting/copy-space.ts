import type { PacketBatch } from "@ngflow/base";
import { declareOffloadHeaders, hasOffloadHeaders, keepOffloadHeader, OFFLOAD_HEADER_BYTES } from "@ngflow/os";

const EMPTY = new Uint8Array(0);

/**
 * Memory for copies of the packets of one batch, whose bytes are not the node's to change. It is used again. Frames
 * that an interface gave with their offload headers keep them, so that an unfinished checksum is still finished.
 */
export class CopySpace {
  /** Where the copies are. */
  buffer: Uint8Array = EMPTY;
  private plain: Uint8Array = EMPTY;
  /** The memory for copies with offload headers. */
  private headed: Uint8Array = EMPTY;
  private headerBytes = 0;
  private used = 0;

  /** Makes room for a copy of each packet of `batch`, longer by up to `room` bytes. Earlier copies are gone. */
  begin(batch: PacketBatch, room: number): void {
    this.headerBytes = hasOffloadHeaders(batch) ? OFFLOAD_HEADER_BYTES : 0;
    let size = batch.count * (room + this.headerBytes);
    for (let i = 0; i < batch.count; i++) size += batch.lengths[i]!;
    this.buffer = this.headerBytes === 0 ? this.plain : this.headed;
    if (size > this.buffer.length) this.grow(size);
    this.used = 0;
  }

  /**
   * Copies packet `i`, without `cut` bytes at `at` and with `gap` bytes of any content there instead. The packet has
   * `at + cut` bytes at least. Returns where the copy begins.
   */
  copy(batch: PacketBatch, i: number, at: number, cut: number, gap: number): number {
    const { buffer } = this;
    const from = batch.offsets[i]!;
    const end = from + batch.lengths[i]!;
    const to = this.used + this.headerBytes;
    if (this.headerBytes > 0) keepOffloadHeader(batch, i, buffer, to, gap - cut);
    // The few bytes before a tag are copied faster one by one.
    for (let n = 0; n < at; n++) buffer[to + n] = batch.buffer[from + n]!;
    Buffer.prototype.copy.call(batch.buffer, buffer, to + at + gap, from + at + cut, end);
    this.used = to + end - from + gap - cut;
    return to;
  }

  private grow(size: number): void {
    this.buffer = new Uint8Array(Math.max(size, 2 * this.buffer.length));
    if (this.headerBytes === 0) this.plain = this.buffer;
    else {
      this.headed = this.buffer;
      declareOffloadHeaders(this.buffer);
    }
  }
}
