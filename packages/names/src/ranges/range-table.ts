/**
 * Values of ranges of addresses, as flat arrays: a range begins where it is listed and ends where the next one begins.
 * IPv4 and IPv6 have a table each. The value 0 is none.
 */
export class RangeTable {
  readonly #starts4: Uint32Array;
  readonly #values4: Uint32Array;
  /** By the first bits of an address: position of the range that holds the first such address. */
  readonly #index4: Uint32Array;
  readonly #shift4: number;
  /** Four words each, the highest first. */
  readonly #starts6: Uint32Array;
  readonly #values6: Uint32Array;
  readonly #index6: Uint32Array;
  readonly #shift6: number;

  /** The first range of each table begins at address 0. */
  constructor(starts4: Uint32Array, values4: Uint32Array, starts6: Uint32Array, values6: Uint32Array) {
    this.#starts4 = starts4;
    this.#values4 = values4;
    this.#starts6 = starts6;
    this.#values6 = values6;
    this.#shift4 = 32 - bitsFor(values4.length);
    this.#index4 = createIndex(starts4, 1, this.#shift4);
    this.#shift6 = 32 - bitsFor(values6.length);
    this.#index6 = createIndex(starts6, 4, this.#shift6);
  }

  get ranges(): number {
    return this.#values4.length + this.#values6.length;
  }

  /** The value of an IPv4 address, which is an unsigned 32-bit number. */
  find4(address: number): number {
    const first = address >>> this.#shift4;
    const starts = this.#starts4;
    let low = this.#index4[first]!;
    let high = this.#index4[first + 1]!;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= address) low = middle;
      else high = middle - 1;
    }
    return this.#values4[low]!;
  }

  /** The value of an IPv6 address: four unsigned words, the highest first. */
  find6(a: number, b: number, c: number, d: number): number {
    const first = a >>> this.#shift6;
    const starts = this.#starts6;
    let low = this.#index6[first]!;
    let high = this.#index6[first + 1]!;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const at = 4 * middle;
      let order = starts[at]! - a;
      if (order === 0) order = starts[at + 1]! - b;
      if (order === 0) order = starts[at + 2]! - c;
      if (order === 0) order = starts[at + 3]! - d;
      if (order <= 0) low = middle;
      else high = middle - 1;
    }
    return this.#values6[low]!;
  }
}

/** As many bits as leave few ranges for each: 8 to 20. */
function bitsFor(ranges: number): number {
  return Math.min(20, Math.max(8, Math.ceil(Math.log2(ranges + 1))));
}

/** Positions of the last ranges that begin at or before each value of the first bits, and of the last range of all. */
function createIndex(starts: Uint32Array, words: number, shift: number): Uint32Array {
  const size = 2 ** (32 - shift);
  const index = new Uint32Array(size + 1);
  const last = starts.length / words - 1;
  let position = 0;
  for (let first = 0; first < size; first++) {
    const limit = first * 2 ** shift;
    while (position < last && isAtOrBefore(starts, (position + 1) * words, words, limit)) position++;
    index[first] = position;
  }
  index[size] = last;
  return index;
}

function isAtOrBefore(starts: Uint32Array, at: number, words: number, limit: number): boolean {
  if (starts[at]! !== limit) return starts[at]! < limit;
  for (let word = 1; word < words; word++) if (starts[at + word] !== 0) return false;
  return true;
}
