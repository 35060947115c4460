import { PacketBatch } from "@ngflow/base";
import { declareOffloadHeaders, hasOffloadHeaders, keepOffloadHeader, OFFLOAD_HEADER_BYTES } from "@ngflow/os";

/** Packets that wait in one direction at most, and their bytes. */
export const MAX_WAITING = 65_536;
export const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const NONE = -1;
const FIRST_SLOTS = 64;
/** Copies of this size and smaller keep their memory for the next packet. */
const KEPT_BYTES = 2048;

/** Packets in the order in which they came, part of a `WaitingPackets`. */
export interface PacketQueue {
  first: number;
  last: number;
  packets: number;
}

export function emptyQueue(): PacketQueue {
  return { first: NONE, last: NONE, packets: 0 };
}

/**
 * Copies of packets in several queues over one bounded store. A packet is known by its slot. A frame that an interface
 * gave with its offload header keeps it, so that an unfinished checksum is still finished.
 */
export class WaitingPackets {
  /** Facts of every slot, by its number. */
  #facts = new PacketBatch(FIRST_SLOTS);
  readonly #bytes: Uint8Array[] = [];
  #next = new Int32Array(FIRST_SLOTS);
  #previous = new Int32Array(FIRST_SLOTS);
  /** When a slot may leave, microseconds. */
  #when = new Float64Array(FIRST_SLOTS);
  readonly #free: number[] = [];
  #present = 0;
  readonly #out = new PacketBatch(1);

  /** Appends a copy of packet `i` to a queue. Returns its slot, or -1 when the store is full. */
  push(queue: PacketQueue, batch: PacketBatch, i: number): number {
    const length = batch.lengths[i]!;
    if (this.#present + length > MAX_WAITING_BYTES) return NONE;
    const slot = this.#slot(length);
    if (slot === NONE) return NONE;
    const from = batch.offsets[i]!;
    const bytes = this.#bytes[slot]!;
    if (hasOffloadHeaders(batch)) declareOffloadHeaders(bytes);
    keepOffloadHeader(batch, i, bytes, OFFLOAD_HEADER_BYTES);
    bytes.set(batch.buffer.subarray(from, from + length), OFFLOAD_HEADER_BYTES);
    this.#note(slot, batch, i);
    this.append(queue, slot);
    return slot;
  }

  /** Appends a copy of a slot to a queue. Returns the copy's slot, or -1 when the store is full. */
  duplicate(queue: PacketQueue, slot: number): number {
    return this.push(queue, this.batchOf(slot), 0);
  }

  /** Takes a slot out of the queue it is in; it is still there until `release`. */
  remove(queue: PacketQueue, slot: number): void {
    const before = this.#previous[slot]!;
    const after = this.#next[slot]!;
    if (before === NONE) queue.first = after;
    else this.#next[before] = after;
    if (after === NONE) queue.last = before;
    else this.#previous[after] = before;
    queue.packets--;
  }

  append(queue: PacketQueue, slot: number): void {
    this.#previous[slot] = queue.last;
    this.#next[slot] = NONE;
    if (queue.last === NONE) queue.first = slot;
    else this.#next[queue.last] = slot;
    queue.last = slot;
    queue.packets++;
  }

  release(slot: number): void {
    this.#present -= this.#facts.lengths[slot]!;
    if (this.#bytes[slot]!.length > KEPT_BYTES) this.#bytes[slot] = new Uint8Array(0);
    this.#free.push(slot);
  }

  wireLength(slot: number): number {
    return this.#facts.wireLengths[slot]!;
  }

  whenOf(slot: number): number {
    return this.#when[slot]!;
  }

  setWhen(slot: number, whenUs: number): void {
    this.#when[slot] = whenUs;
  }

  /** The packet as a batch of one, valid until the next call and until its slot is released. */
  batchOf(slot: number): PacketBatch {
    const out = this.#out;
    const facts = this.#facts;
    out.count = 0;
    out.buffer = this.#bytes[slot]!;
    out.pushFrom(facts, slot);
    return out;
  }

  #note(slot: number, batch: PacketBatch, i: number): void {
    const facts = this.#facts;
    facts.count = slot;
    facts.pushFrom(batch, i);
    facts.offsets[slot] = OFFLOAD_HEADER_BYTES;
    this.#present += batch.lengths[i]!;
  }

  #slot(length: number): number {
    let slot = this.#free.pop();
    if (slot === undefined) {
      slot = this.#bytes.length;
      if (slot >= MAX_WAITING) return NONE;
      if (slot >= this.#facts.capacity) this.#grow();
      this.#bytes.push(new Uint8Array(0));
    }
    const size = OFFLOAD_HEADER_BYTES + length;
    if (this.#bytes[slot]!.length < size) this.#bytes[slot] = new Uint8Array(Math.max(size, KEPT_BYTES));
    return slot;
  }

  #grow(): void {
    const size = this.#facts.capacity * 2;
    const facts = new PacketBatch(size);
    this.#facts.count = this.#facts.capacity;
    facts.copyFrom(this.#facts);
    this.#facts = facts;
    const [next, previous, when] = [new Int32Array(size), new Int32Array(size), new Float64Array(size)];
    next.set(this.#next);
    previous.set(this.#previous);
    when.set(this.#when);
    this.#next = next;
    this.#previous = previous;
    this.#when = when;
  }
}
