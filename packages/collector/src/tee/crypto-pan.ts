import { type Cipher, createCipheriv } from "node:crypto";

/** Bytes of a key: those of AES-128, then those that the padding is made of. */
export const KEY_BYTES = 32;

const BLOCK = 16;
/** Entries of the caches of whole addresses, and of the first half of IPv6 addresses; powers of two. */
const ADDRESSES_4 = 262_144;
const ADDRESSES_6 = 16_384;
const PREFIXES_6 = 4096;

/**
 * Prefix-preserving anonymisation of addresses, the scheme of Crypto-PAn (J. Fan, J. Xu, M. Ammar, S. Moon, 2004): two
 * addresses that have n leading bits in common have n in common afterwards, too. Who has the key can undo it. What
 * addresses and prefixes became is cached, so that an address that comes again costs a look-up. The address that is all
 * zero says "none" and stays.
 */
export class CryptoPan {
  /** Addresses that were not in the cache so far: each costs an encryption of up to 128 blocks. */
  misses = 0;

  readonly #cipher: Cipher;
  readonly #pad: Uint8Array;
  readonly #current = new Uint8Array(BLOCK);
  readonly #blocks = Buffer.alloc(128 * BLOCK);
  /** What is flipped in the first 16 bits of IPv4 addresses; -1 where it is not known. */
  readonly #flips4 = new Int32Array(65_536).fill(-1);
  readonly #cache4 = new Cache(ADDRESSES_4, 4);
  readonly #cache6 = new Cache(ADDRESSES_6, 16);
  readonly #prefixes6 = new Cache(PREFIXES_6, 8);

  /** @param key KEY_BYTES bytes */
  constructor(key: Uint8Array) {
    this.#cipher = createCipheriv("aes-128-ecb", key.subarray(0, BLOCK), null).setAutoPadding(false);
    this.#pad = this.#cipher.update(key.subarray(BLOCK, KEY_BYTES));
  }

  /** Anonymises the IPv4 address at `offset`, in place. */
  ipv4(bytes: Uint8Array, offset: number): void {
    if (isZero(bytes, offset, 4) || this.#cache4.replace(bytes, offset)) return;
    this.misses++;
    this.#cache4.begin(bytes, offset);
    const prefix = (bytes[offset]! << 8) | bytes[offset + 1]!;
    let first = this.#flips4[prefix]!;
    if (first < 0) {
      this.#flip(bytes, offset, 0, 16);
      this.#flips4[prefix] = first = (FLIPS[0]! << 8) | FLIPS[1]!;
    }
    this.#flip(bytes, offset, 16, 32);
    bytes[offset]! ^= first >>> 8;
    bytes[offset + 1]! ^= first & 0xff;
    bytes[offset + 2]! ^= FLIPS[2]!;
    bytes[offset + 3]! ^= FLIPS[3]!;
    this.#cache4.end(bytes, offset);
  }

  /** Anonymises the IPv6 address at `offset`, in place. */
  ipv6(bytes: Uint8Array, offset: number): void {
    if (isZero(bytes, offset, 16) || this.#cache6.replace(bytes, offset)) return;
    this.misses++;
    this.#cache6.begin(bytes, offset);
    this.#flip(bytes, offset, 64, 128);
    for (let i = 8; i < 16; i++) bytes[offset + i]! ^= FLIPS[i]!;
    if (!this.#prefixes6.replace(bytes, offset)) {
      this.#prefixes6.begin(bytes, offset);
      this.#flip(bytes, offset, 0, 64);
      for (let i = 0; i < 8; i++) bytes[offset + i]! ^= FLIPS[i]!;
      this.#prefixes6.end(bytes, offset);
    }
    this.#cache6.end(bytes, offset);
  }

  /**
   * Finds which of the bits `from` to `to` of an address are flipped, and writes them to FLIPS. Whether bit n is
   * depends on the n bits before it: they replace the first bits of the padding, and the first bit of that, encrypted,
   * says it.
   * @param from a multiple of 8, as is `to`
   */
  #flip(bytes: Uint8Array, offset: number, from: number, to: number): void {
    const current = this.#current;
    const blocks = this.#blocks;
    current.set(this.#pad);
    for (let i = 0; i < from >>> 3; i++) current[i] = bytes[offset + i]!;
    for (let bit = from; bit < to; bit++) {
      blocks.set(current, (bit - from) * BLOCK);
      const mask = 0x80 >>> (bit & 7);
      const at = bit >>> 3;
      current[at] = (current[at]! & ~mask) | (bytes[offset + at]! & mask);
    }
    const encrypted = this.#cipher.update(blocks.subarray(0, (to - from) * BLOCK));
    for (let at = from >>> 3; at < to >>> 3; at++) {
      let flips = 0;
      for (let k = 0; k < 8; k++) flips = (flips << 1) | (encrypted[(8 * at + k - from) * BLOCK]! >>> 7);
      FLIPS[at] = flips;
    }
  }
}

/** Result of `#flip`, by byte of the address. */
const FLIPS = new Uint8Array(16);

function isZero(bytes: Uint8Array, offset: number, length: number): boolean {
  for (let i = offset; i < offset + length; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** What addresses became, in a table in which each has one place: a newer one replaces an older one there. */
class Cache {
  readonly #mask: number;
  readonly #width: number;
  readonly #from: Uint8Array;
  readonly #to: Uint8Array;
  readonly #used: Uint8Array;
  #place = 0;

  /** @param width bytes of an address */
  constructor(size: number, width: number) {
    this.#mask = size - 1;
    this.#width = width;
    this.#from = new Uint8Array(size * width);
    this.#to = new Uint8Array(size * width);
    this.#used = new Uint8Array(size);
  }

  /** Replaces the address at `offset` by what it became; false if that is not known. */
  replace(bytes: Uint8Array, offset: number): boolean {
    const width = this.#width;
    let hash = 0x811c9dc5;
    for (let i = offset; i < offset + width; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const place = (hash ^ (hash >>> 15)) & this.#mask;
    this.#place = place;
    if (this.#used[place] === 0) return false;
    const at = place * width;
    for (let i = 0; i < width; i++) if (this.#from[at + i] !== bytes[offset + i]) return false;
    for (let i = 0; i < width; i++) bytes[offset + i] = this.#to[at + i]!;
    return true;
  }

  /** After `replace` was false: notes the address. */
  begin(bytes: Uint8Array, offset: number): void {
    this.#used[this.#place] = 0;
    this.#from.set(bytes.subarray(offset, offset + this.#width), this.#place * this.#width);
  }

  /** After `begin`: notes what it became. */
  end(bytes: Uint8Array, offset: number): void {
    this.#to.set(bytes.subarray(offset, offset + this.#width), this.#place * this.#width);
    this.#used[this.#place] = 1;
  }
}
