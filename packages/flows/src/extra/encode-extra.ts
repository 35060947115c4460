import { BlockMemory } from "../block-memory.ts";
import { distinctValues } from "./distinct-values.ts";
import { bytesOf } from "../narrow.ts";
import type { ExtraFields } from "./extra-fields.ts";

/** Type of column Extra in a block: keys and values are numbers of texts. Each distinct value has its text once. */
export const NATIVE_EXTRA = "Map(LowCardinality(String), LowCardinality(String))";
/**
 * The texts that numbers stand for come with them (ClickHouse: SerializationLowCardinality). The low byte is the width
 * of a number: 0, 1 or 2 for one, two or four bytes.
 */
const INDEX_TYPE = (1 << 9) | (1 << 10);
const utf8 = new TextEncoder();

/**
 * Column Extra of the first `rows` rows as ClickHouse's memory of NATIVE_EXTRA: a version for keys and one for values,
 * the end of each row, then keys and values. Undefined when no row has a value. Numbers are in `memory`.
 */
export function encodeExtra(extra: ExtraFields, rows: number, memory = new BlockMemory()): Uint8Array[] | undefined {
  const count = extra.firstOf(rows);
  if (count === 0) return undefined;
  const { pairOf, firsts } = distinctValues(extra, count, memory);
  const keys = new Texts();
  const values = new Texts();
  const keyOfElement = new Int32Array(extra.elements.length).fill(-1);
  const keyOf = new Uint32Array(firsts.length);
  for (let pair = 0; pair < firsts.length; pair++) {
    const i = firsts[pair]!;
    const position = extra.elementOf[i]!;
    const { key, text } = extra.elements[position]!;
    if (keyOfElement[position]! < 0) keyOfElement[position] = keys.add(key);
    keyOf[pair] = keyOfElement[position]!;
    const start = i === 0 ? 0 : extra.ends[i - 1]!;
    values.add(text(extra.bytes, start, extra.ends[i]! - start));
  }
  const keyNumbers = memory.u32(count);
  for (let i = 0; i < count; i++) keyNumbers[i] = keyOf[pairOf[i]!]!;
  return [
    ...[u64(1, 1), rowEnds(extra, count, rows, memory)],
    ...[...keys.column(keyNumbers, memory), ...values.column(pairOf, memory)],
  ];
}

/** Of each row, how many values there are up to its end; 64 bits each. */
function rowEnds({ rows: rowOf }: ExtraFields, count: number, rows: number, memory: BlockMemory): Uint8Array {
  const ends = memory.u32(2 * rows);
  for (let row = 0, i = 0; row < rows; row++) {
    while (i < count && rowOf[i] === row) i++;
    ends[2 * row] = i;
    ends[2 * row + 1] = 0;
  }
  return bytesOf(ends);
}

/** Texts, each with its length before it, and their UTF-8 bytes. */
class Texts {
  #bytes = new Uint8Array(4096);
  #used = 0;
  #count = 0;

  /** Adds a text and returns its number. */
  add(text: string): number {
    // A length has at most five bytes.
    if (this.#bytes.length - this.#used < text.length + 5) this.#grow(text.length + 5);
    const start = this.#used;
    this.#varint(text.length);
    if (!this.#ascii(text)) {
      this.#used = start;
      this.#encoded(utf8.encode(text));
    }
    return this.#count++;
  }

  /** A column of texts by their numbers, which have as few bytes as the largest needs. */
  column(numbers: Uint32Array, memory: BlockMemory): Uint8Array[] {
    const texts = this.#bytes.subarray(0, this.#used);
    const width = this.#count <= 0x100 ? 0 : this.#count <= 0x1_0000 ? 1 : 2;
    const head = [u64(INDEX_TYPE | width, this.#count), texts, u64(numbers.length)];
    if (width === 2) return [...head, bytesOf(numbers)];
    const narrow = width === 0 ? memory.u8(numbers.length) : memory.u16(numbers.length);
    narrow.set(numbers);
    return [...head, bytesOf(narrow)];
  }

  /** Writes a text that is ASCII; false when it is not. */
  #ascii(text: string): boolean {
    let at = this.#used;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return false;
      this.#bytes[at++] = code;
    }
    this.#used = at;
    return true;
  }

  #encoded(bytes: Uint8Array): void {
    if (this.#bytes.length - this.#used < bytes.length + 5) this.#grow(bytes.length + 5);
    this.#varint(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.#bytes[this.#used++] = (rest & 127) | 128;
    this.#bytes[this.#used++] = rest;
  }

  #grow(by: number): void {
    const larger = new Uint8Array(2 * this.#bytes.length + by);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Integers below 2^32 as little-endian words of 64 bits. */
function u64(...values: number[]): Uint8Array {
  const words = new Uint32Array(2 * values.length);
  for (const [i, value] of values.entries()) words[2 * i] = value;
  return new Uint8Array(words.buffer);
}
