import type { PacketBatch } from "@ngflow/base";

/** Packets and bytes that wait for a connection at most. */
export const WRITE_QUEUE_PACKETS = 1024;
export const WRITE_QUEUE_BYTES = 1 << 20;
const FIRST_BYTES = 1 << 14;

/**
 * Packets that wait for a connection, one after the other in memory that grows up to its bound. It fills from the front
 * and starts over when everything has been sent.
 */
export class WriteQueue {
  readonly #boundaries: boolean;
  #bytes = new Uint8Array(FIRST_BYTES);
  readonly #lengths = new Uint32Array(WRITE_QUEUE_PACKETS);
  /**
   * Packets are at `head` to `tail` of `lengths`, their bytes at `from` to `to`; `sent` bytes of the first are sent.
   */
  #head = 0;
  #tail = 0;
  #from = 0;
  #to = 0;
  #sent = 0;

  /** @param boundaries whether every packet is a message that goes alone. */
  constructor(boundaries: boolean) {
    this.#boundaries = boundaries;
  }

  /** Packets waiting, including one that is partly sent. */
  get packets(): number {
    return this.#tail - this.#head;
  }

  /** Copies one packet of a batch; false when there is no room. A packet without bytes means nothing to a stream. */
  push(batch: PacketBatch, i: number): boolean {
    const length = batch.lengths[i]!;
    if (this.#tail === WRITE_QUEUE_PACKETS || this.#to + length > this.#bytes.length) this.#makeRoom(length);
    if (this.#tail === WRITE_QUEUE_PACKETS || this.#to + length > this.#bytes.length) return false;
    const at = batch.offsets[i]!;
    this.#bytes.set(batch.buffer.subarray(at, at + length), this.#to);
    this.#to += length;
    this.#lengths[this.#tail++] = length;
    return true;
  }

  #makeRoom(length: number): void {
    const used = this.#to - this.#from;
    let size = this.#bytes.length;
    while (size < used + length && size < WRITE_QUEUE_BYTES) size *= 2;
    if (size === this.#bytes.length) this.#bytes.copyWithin(0, this.#from, this.#to);
    else {
      const larger = new Uint8Array(size);
      larger.set(this.#bytes.subarray(this.#from, this.#to));
      this.#bytes = larger;
    }
    this.#lengths.copyWithin(0, this.#head, this.#tail);
    this.#tail -= this.#head;
    this.#head = 0;
    this.#from = 0;
    this.#to = used;
  }

  /** The bytes to be given to the system next. */
  next(): Uint8Array {
    return this.#bytes.subarray(this.#from, this.#boundaries ? this.#from + this.#lengths[this.#head]! : this.#to);
  }

  /** Takes away what the system took of `next`. Returns how many packets are completely sent. */
  shift(taken: number): number {
    let left = taken;
    let gone = 0;
    while (this.#head < this.#tail) {
      const rest = this.#lengths[this.#head]! - this.#sent;
      if (rest > left) break;
      left -= rest;
      this.#sent = 0;
      this.#head++;
      gone++;
      if (this.#boundaries) break;
    }
    this.#sent += this.#head < this.#tail ? left : 0;
    this.#from += taken;
    this.#startOver();
    return gone;
  }

  /** Takes the first packet away. */
  drop(): void {
    this.shift(this.#lengths[this.#head]! - this.#sent);
  }

  /** Takes everything away. Returns how many packets that were. */
  clear(): number {
    const { packets } = this;
    this.#head = this.#tail;
    this.#sent = 0;
    this.#startOver();
    return packets;
  }

  #startOver(): void {
    if (this.#head < this.#tail) return;
    this.#head = 0;
    this.#tail = 0;
    this.#from = 0;
    this.#to = 0;
  }
}
