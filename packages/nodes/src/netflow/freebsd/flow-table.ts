import type { PacketFacts } from "./parse.ts";

/** Buckets per family, and the most entries a family can have (reference: ng_netflow.md §6.1). */
export const BUCKETS = 65536;
export const ENTRIES_MAX = 1_048_576;

const FIRST_CAPACITY = 4096;
const TCP = 6;
const UDP = 17;

/** Low 16 bits of `x ^ (x >> 16)`, x the 32-bit word at `o` as an amd64 loads it. */
function fold(b: Uint8Array, o: number): number {
  return (b[o]! ^ b[o + 2]!) | ((b[o + 1]! ^ b[o + 3]!) << 8);
}

function swap16(x: number): number {
  return ((x & 0xff) << 8) | (x >>> 8);
}

/**
 * The cache of one family: 65,536 buckets, each a list from the least to the most recently used entry. An entry's
 * key is `keyWords` 32-bit words: source, destination, ports, protocol and TOS and input index, routing table.
 */
export class FlowTable {
  readonly family: 4 | 6;
  readonly addressBytes: 4 | 16;
  readonly keyWords: number;
  /** Oldest and newest entry of each bucket, -1 for none. */
  readonly head = new Int32Array(BUCKETS).fill(-1);
  readonly tail = new Int32Array(BUCKETS).fill(-1);
  used = 0;
  next = new Int32Array(0);
  previous = new Int32Array(0);
  keys = new Uint32Array(0);
  /** Next hop of each entry, `addressBytes` bytes in network order. */
  nextHop = new Uint8Array(0);
  packets = new Float64Array(0);
  bytes = new Float64Array(0);
  /** Uptime seconds. */
  first = new Float64Array(0);
  last = new Float64Array(0);
  tcpFlags = new Uint8Array(0);
  outIndex = new Uint16Array(0);
  sourceMask = new Uint8Array(0);
  destinationMask = new Uint8Array(0);
  readonly #key: Uint32Array;
  #capacity = 0;
  #free = -1;

  constructor(family: 4 | 6) {
    this.family = family;
    this.addressBytes = family === 4 ? 4 : 16;
    this.keyWords = family === 4 ? 5 : 11;
    this.#key = new Uint32Array(this.keyWords);
  }

  /** The kernel's hash; it decides the order of `show` and of flushing. */
  bucketOf(b: Uint8Array, facts: PacketFacts): number {
    const source = facts.ip + (this.family === 4 ? 12 : 20);
    const destination = source + this.addressBytes;
    const addresses = fold(b, source) ^ swap16(fold(b, destination));
    if (facts.protocol !== TCP && facts.protocol !== UDP) return addresses;
    return addresses ^ swap16(facts.sourcePort) ^ facts.destinationPort;
  }

  /** Puts the key of a packet where `matches` and `insert` find it. */
  setKey(b: Uint8Array, facts: PacketFacts, inIndex: number, fib: number): void {
    const key = this.#key;
    const words = this.addressBytes / 2;
    const source = facts.ip + (this.family === 4 ? 12 : 8);
    for (let i = 0; i < words; i++) {
      const o = source + 4 * i;
      key[i] = (b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!;
    }
    key[words] = (facts.sourcePort << 16) | facts.destinationPort;
    key[words + 1] = (facts.protocol << 24) | (facts.tos << 16) | inIndex;
    key[words + 2] = fib;
  }

  matches(entry: number): boolean {
    const base = entry * this.keyWords;
    for (let i = 0; i < this.keyWords; i++) if (this.keys[base + i] !== this.#key[i]) return false;
    return true;
  }

  /** A new newest entry of the bucket with the key set last and all else zero; -1 when the cache is full. */
  insert(bucket: number): number {
    if (this.used === ENTRIES_MAX) return -1;
    if (this.#free === -1) this.#grow();
    const entry = this.#free;
    this.#free = this.next[entry]!;
    this.used++;
    this.keys.set(this.#key, entry * this.keyWords);
    this.nextHop.fill(0, entry * this.addressBytes, (entry + 1) * this.addressBytes);
    this.packets[entry] = this.bytes[entry] = this.first[entry] = this.last[entry] = 0;
    this.tcpFlags[entry] = this.outIndex[entry] = this.sourceMask[entry] = this.destinationMask[entry] = 0;
    this.#append(bucket, entry);
    return entry;
  }

  moveToNewest(bucket: number, entry: number): void {
    if (this.tail[bucket] === entry) return;
    this.#unlink(bucket, entry);
    this.#append(bucket, entry);
  }

  remove(bucket: number, entry: number): void {
    this.#unlink(bucket, entry);
    this.next[entry] = this.#free;
    this.#free = entry;
    this.used--;
  }

  #append(bucket: number, entry: number): void {
    const tail = this.tail[bucket]!;
    this.previous[entry] = tail;
    this.next[entry] = -1;
    if (tail === -1) this.head[bucket] = entry;
    else this.next[tail] = entry;
    this.tail[bucket] = entry;
  }

  #unlink(bucket: number, entry: number): void {
    const next = this.next[entry]!;
    const previous = this.previous[entry]!;
    if (previous === -1) this.head[bucket] = next;
    else this.next[previous] = next;
    if (next === -1) this.tail[bucket] = previous;
    else this.previous[next] = previous;
  }

  #grow(): void {
    const from = this.#capacity;
    const to = from === 0 ? FIRST_CAPACITY : from * 2;
    const grown = <T extends { set(old: T): void }>(old: T, array: T): T => {
      array.set(old);
      return array;
    };
    this.next = grown(this.next, new Int32Array(to));
    this.previous = grown(this.previous, new Int32Array(to));
    this.keys = grown(this.keys, new Uint32Array(to * this.keyWords));
    this.nextHop = grown(this.nextHop, new Uint8Array(to * this.addressBytes));
    this.packets = grown(this.packets, new Float64Array(to));
    this.bytes = grown(this.bytes, new Float64Array(to));
    this.first = grown(this.first, new Float64Array(to));
    this.last = grown(this.last, new Float64Array(to));
    this.tcpFlags = grown(this.tcpFlags, new Uint8Array(to));
    this.outIndex = grown(this.outIndex, new Uint16Array(to));
    this.sourceMask = grown(this.sourceMask, new Uint8Array(to));
    this.destinationMask = grown(this.destinationMask, new Uint8Array(to));
    for (let i = from; i < to; i++) this.next[i] = i + 1 < to ? i + 1 : -1;
    this.#free = from;
    this.#capacity = to;
  }
}
