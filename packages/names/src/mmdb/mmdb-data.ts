import { NamesError } from "../errors.ts";

/** A value of the data section. Bytes are left out. */
export type MmdbValue = string | number | bigint | boolean | null | MmdbMap | readonly MmdbValue[];
export interface MmdbMap {
  readonly [key: string]: MmdbValue;
}

/** Most values of one record, and how deep they may be nested: a damaged file must not keep the reader busy. */
const MOST_VALUES = 4096;
const MOST_DEPTH = 32;

const TYPE = { pointer: 1, text: 2, double: 3, bytes: 4, u16: 5, u32: 6, map: 7, i32: 8, u64: 9, u128: 10 } as const;
const MORE = { array: 11, boolean: 14, float: 15 } as const;

/**
 * Reads values of a data section: https://maxmind.github.io/MaxMind-DB, "Data Section". Numbers of 64 bits and more are
 * bigints.
 */
export class MmdbData {
  readonly #bytes: Buffer;
  #at = 0;
  #values = 0;

  /** @param bytes the section, from its first byte */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The value at an offset. @throws NamesError `names-invalid` */
  value(offset: number): MmdbValue {
    this.#at = offset;
    this.#values = 0;
    return this.#next(0);
  }

  #next(depth: number): MmdbValue {
    if (++this.#values > MOST_VALUES || depth > MOST_DEPTH) this.#fail("a record is too large");
    const control = this.#uint(1);
    const type = control >>> 5;
    if (type === TYPE.pointer) return this.#pointer(control, depth);
    const kind = type === 0 ? 7 + this.#uint(1) : type;
    let size = control & 31;
    if (size === 29) size = 29 + this.#uint(1);
    else if (size === 30) size = 285 + this.#uint(2);
    else if (size === 31) size = 65_821 + this.#uint(3);
    switch (kind) {
      case TYPE.text:
        return this.#take(size).toString("utf8");
      case TYPE.double:
        return this.#take(size === 8 ? 8 : this.#fail("a double has 8 bytes")).readDoubleBE();
      case MORE.float:
        return this.#take(size === 4 ? 4 : this.#fail("a float has 4 bytes")).readFloatBE();
      case TYPE.bytes:
        this.#take(size);
        return null;
      case TYPE.u16:
      case TYPE.u32:
        return this.#uint(size <= 4 ? size : this.#fail("a number is too long"));
      case TYPE.i32:
        return this.#uint(size <= 4 ? size : this.#fail("a number is too long")) | 0;
      case TYPE.u64:
      case TYPE.u128: {
        const bytes = this.#take(size <= 16 ? size : this.#fail("a number is too long"));
        return size === 0 ? 0n : BigInt(`0x${bytes.toString("hex")}`);
      }
      case MORE.boolean:
        return size !== 0;
      case TYPE.map:
        return this.#map(size, depth);
      case MORE.array:
        return Array.from({ length: Math.min(size, MOST_VALUES) }, () => this.#next(depth + 1));
      default:
        return this.#fail(`type ${kind} is not one of the format`);
    }
  }

  #map(size: number, depth: number): MmdbMap {
    const map = Object.create(null) as Record<string, MmdbValue>;
    for (let i = 0; i < size; i++) {
      const key = this.#next(depth + 1);
      if (typeof key !== "string") this.#fail("a key is not a text");
      map[key as string] = this.#next(depth + 1);
    }
    return map;
  }

  /** The value that a pointer points to; reading goes on behind the pointer. */
  #pointer(control: number, depth: number): MmdbValue {
    const size = (control >>> 3) & 3;
    const high = control & 7;
    const low = this.#uint(size + 1);
    const base = [0, 2048, 526_336, 0][size]!;
    const target = size === 3 ? low : base + high * 2 ** (8 * (size + 1)) + low;
    const back = this.#at;
    this.#at = target;
    const value = this.#next(depth + 1);
    this.#at = back;
    return value;
  }

  #uint(length: number): number {
    let value = 0;
    for (const byte of this.#take(length)) value = value * 256 + byte;
    return value;
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) this.#fail("a value is beyond the end");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  #fail(what: string): never {
    throw new NamesError("names-invalid", `MMDB: ${what} (offset ${this.#at} of the data)`);
  }
}
