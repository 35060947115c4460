import { PacketBatch } from "@ngflow/base";

/** Packets kept at most. */
export const MAX_PACKETS = 65_536;
/** Bytes kept at most. */
export const MAX_BYTES = 16 * 1024 * 1024;

const FIRST_PACKETS = 64;
const FIRST_BYTES = 16 * 1024;

/**
 * Copies of packets in a queue that goes round: what is taken from its head goes to its end. Grows by doubling up to
 * `MAX_PACKETS` and `MAX_BYTES`; nothing is allocated while it goes round.
 */
export class PacketStore {
  /** Packets kept, in the order of arrival, over one buffer. */
  #packets = new PacketBatch(FIRST_PACKETS, new Uint8Array(FIRST_BYTES));
  #bytes = 0;
  /** Indices into `packets` in the order of the queue, from `head` around. */
  #order = new Uint32Array(FIRST_PACKETS);
  #head = 0;
  /** Bytes the kept packets had on the wire. */
  wireBytes = 0;

  get count(): number {
    return this.#packets.count;
  }

  /** Where all the bytes are, for batches over kept packets. Another one after every `add`. */
  get buffer(): Uint8Array {
    return this.#packets.buffer;
  }

  /** Appends a copy of packet `i`. False: there is no room. */
  add(batch: PacketBatch, i: number): boolean {
    const length = batch.lengths[i]!;
    if (this.count >= MAX_PACKETS || this.#bytes + length > MAX_BYTES) return false;
    this.#makeRoom(length);
    const at = this.#bytes;
    const from = batch.offsets[i]!;
    this.#packets.buffer.set(batch.buffer.subarray(from, from + length), at);
    this.#order[(this.#head + this.count) % this.#order.length] = this.count;
    this.#packets.pushFrom(batch, i);
    this.#packets.offsets[this.count - 1] = at;
    this.#bytes += length;
    this.wireBytes += batch.wireLengths[i]!;
    return true;
  }

  /** Puts the packet at the head into `out`, over `buffer`, and moves it to the end. True: it was the newest. */
  next(out: PacketBatch): boolean {
    const index = this.#order[this.#head]!;
    const size = this.#order.length;
    this.#head = (this.#head + 1) % size;
    this.#order[(this.#head + this.count - 1) % size] = index;
    out.pushFrom(this.#packets, index);
    out.tags[out.count - 1] = 0;
    return index === this.count - 1;
  }

  clear(): void {
    this.#packets = new PacketBatch(FIRST_PACKETS, new Uint8Array(FIRST_BYTES));
    this.#order = new Uint32Array(FIRST_PACKETS);
    this.#bytes = 0;
    this.#head = 0;
    this.wireBytes = 0;
  }

  #makeRoom(length: number): void {
    if (this.#bytes + length > this.#packets.buffer.length) {
      const grown = new Uint8Array(
        Math.min(MAX_BYTES, Math.max(this.#packets.buffer.length * 2, this.#bytes + length)),
      );
      grown.set(this.#packets.buffer.subarray(0, this.#bytes));
      this.#packets.buffer = grown;
    }
    const { count, capacity } = this.#packets;
    if (count < capacity) return;
    const order = new Uint32Array(capacity * 2);
    for (let i = 0; i < count; i++) order[i] = this.#order[(this.#head + i) % capacity]!;
    this.#order = order;
    this.#head = 0;
    const grown = new PacketBatch(capacity * 2);
    grown.copyFrom(this.#packets);
    this.#packets = grown;
  }
}
