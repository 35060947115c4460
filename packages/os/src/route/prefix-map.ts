const WORD_BITS = 32;

/** Masks of every prefix length: row of four words, the highest first. */
const MASKS = new Int32Array(129 * 4);
for (let length = 0; length <= 128; length++) {
  for (let w = 0; w < 4; w++) {
    const bits = Math.min(WORD_BITS, Math.max(0, length - WORD_BITS * w));
    MASKS[4 * length + w] = bits === 0 ? 0 : -1 << (WORD_BITS - bits);
  }
}

/**
 * Values by prefix of one address family: the longest prefix that covers an address wins. One open-addressing index in
 * typed arrays, probed once for each prefix length that occurs, so that a lookup allocates nothing. It never grows: a
 * full map refuses. A large one of IPv4 knows for every 16 bits that an address begins with which lengths occur there,
 * and probes no others.
 */
export class PrefixMap {
  readonly capacity: number;
  size = 0;
  /** Prefixes that there was no room for. */
  refused = 0;
  /** Length of the prefix that `find` found. */
  foundLength = 0;
  private readonly addressWords: 1 | 4;
  private readonly mask: number;
  private readonly keys: Int32Array;
  /** Prefix length plus one; 0 marks a free slot. */
  private readonly lengths: Uint8Array;
  private readonly values: Uint32Array;
  /** Lengths that occur, longest first. */
  private readonly order = new Uint8Array(129);
  private orderLength = 0;
  private readonly address = new Int32Array(4);
  /** By the first 16 bits: bit n - 1 for prefixes of length n, 1 to 32. Null where it is not worth its 256 KiB. */
  private readonly occurring: Uint32Array | null;

  /** @param capacity most prefixes; 9 or 21 bytes for each of twice as many slots, touched as they are needed */
  constructor(family: 4 | 6, capacity: number) {
    this.capacity = capacity;
    this.addressWords = family === 4 ? 1 : 4;
    const slots = 2 ** Math.ceil(Math.log2(Math.max(8, 2 * capacity)));
    this.mask = slots - 1;
    this.keys = new Int32Array(slots * this.addressWords);
    this.lengths = new Uint8Array(slots);
    this.values = new Uint32Array(slots);
    this.occurring = family === 4 && capacity > 4096 ? new Uint32Array(0x10000) : null;
  }

  /** The value of exactly that prefix, -1 if it is not here. Bits of the address beyond the length do not count. */
  get(b: Uint8Array, o: number, length: number): number {
    this.load(b, o);
    const slot = this.slotOf(length);
    return this.lengths[slot] === 0 ? -1 : this.values[slot]!;
  }

  /**
   * Gives a prefix a value, 0 to 2^32 - 1, in the place of the one it had. Returns false, counting it, when there is no
   * room.
   */
  set(b: Uint8Array, o: number, length: number, value: number): boolean {
    this.load(b, o);
    const slot = this.slotOf(length);
    if (this.lengths[slot] === 0) {
      if (this.size >= this.capacity) {
        this.refused++;
        return false;
      }
      this.size++;
      this.lengths[slot] = length + 1;
      for (let w = 0; w < this.addressWords; w++) {
        this.keys[slot * this.addressWords + w] = this.address[w]! & MASKS[4 * length + w]!;
      }
      this.note(length);
    }
    this.values[slot] = value;
    return true;
  }

  /** The value of the longest prefix that covers the address, -1 if none does; its length is then `foundLength`. */
  find(b: Uint8Array, o: number): number {
    this.load(b, o);
    return this.occurring === null ? this.probeAll() : this.probeOccurring(this.occurring);
  }

  private probeAll(): number {
    for (let i = 0; i < this.orderLength; i++) {
      const length = this.order[i]!;
      const slot = this.slotOf(length);
      if (this.lengths[slot] === 0) continue;
      this.foundLength = length;
      return this.values[slot]!;
    }
    return -1;
  }

  private probeOccurring(occurring: Uint32Array): number {
    let bits = occurring[this.address[0]! >>> 16]!;
    for (;;) {
      // No bit left is length 0.
      const length = 32 - Math.clz32(bits);
      const slot = this.slotOf(length);
      if (this.lengths[slot] !== 0) {
        this.foundLength = length;
        return this.values[slot]!;
      }
      if (length === 0) return -1;
      bits &= ~(1 << (length - 1));
    }
  }

  private load(b: Uint8Array, o: number): void {
    for (let w = 0; w < this.addressWords; w++) {
      const at = o + 4 * w;
      this.address[w] = (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!;
    }
  }

  /** The slot of the loaded address cut to `length`: where it is, or the free one where it would be. */
  private slotOf(length: number): number {
    const { addressWords, address, keys, lengths, mask } = this;
    let hash = Math.imul(length + 1, 0x9e3779b1);
    for (let w = 0; w < addressWords; w++) {
      hash = Math.imul(hash ^ (address[w]! & MASKS[4 * length + w]!), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    search: for (let slot = (hash ^ (hash >>> 13)) & mask; ; slot = (slot + 1) & mask) {
      if (lengths[slot] === 0) return slot;
      if (lengths[slot] !== length + 1) continue;
      for (let w = 0; w < addressWords; w++) {
        if (keys[slot * addressWords + w] !== (address[w]! & MASKS[4 * length + w]!)) continue search;
      }
      return slot;
    }
  }

  private note(length: number): void {
    if (this.occurring !== null && length > 0) {
      const first = (this.address[0]! & MASKS[4 * length]!) >>> 16;
      const count = length < 16 ? 1 << (16 - length) : 1;
      for (let i = first; i < first + count; i++) this.occurring[i]! |= 1 << (length - 1);
    }
    let at = 0;
    while (at < this.orderLength && this.order[at]! > length) at++;
    if (at < this.orderLength && this.order[at] === length) return;
    this.order.copyWithin(at + 1, at, this.orderLength);
    this.order[at] = length;
    this.orderLength++;
  }
}
