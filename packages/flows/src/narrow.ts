import type { BlockMemory } from "./block-memory.ts";

/**
 * The unsigned integers of a column in the fewest bytes that hold all of them: 0 (every value is zero), 1, 2, 4 or 8.
 * The numbers of a column are little-endian.
 */
export interface Narrow {
  readonly width: number;
  readonly bytes: Uint8Array;
}

/**
 * Values that one call of a loop takes. The engine optimises a function that is called often, while a long loop would
 * have to be optimised again in every block.
 */
export const CHUNK = 4096;

/** A column of one-byte integers: width 0 or 1. */
export function narrow8(values: Uint8Array): Narrow {
  return isZero(values) ? NONE : { width: 1, bytes: values };
}

/** A column of two-byte integers: width 0, 1 or 2. A narrower one is in `memory`. */
export function narrow16(values: Uint16Array, memory: BlockMemory): Narrow {
  let bits = 0;
  for (let at = 0; at < values.length && bits < 0x100; at += CHUNK) {
    bits |= bitsOf16(values, at, Math.min(values.length, at + CHUNK));
  }
  if (bits === 0) return NONE;
  return narrowed(bits < 0x100 ? copied(values, memory.u8(values.length)) : values);
}

/** A column of four-byte integers: width 0, 1, 2 or 4. A narrower one is in `memory`. */
export function narrow32(values: Uint32Array, memory: BlockMemory): Narrow {
  const bits = bitsOf32(values, 0, 1);
  if (bits === 0) return NONE;
  return narrowed(bits < 0x1_0000 ? copied(values, memoryFor(bits, values.length, memory)) : values);
}

/**
 * A column of eight-byte integers as two words a value, low first: width 0, 1, 2, 4 or 8. A narrower one is in
 * `memory`.
 */
export function narrow64(words: Uint32Array, memory: BlockMemory): Narrow {
  if (bitsOf32(words, 1, 2) !== 0) return { width: 8, bytes: bytesOf(words) };
  const bits = bitsOf32(words, 0, 2);
  if (bits === 0) return NONE;
  const out = memoryFor(bits, words.length / 2, memory);
  for (let at = 0; at < out.length; at += CHUNK) copyLow(words, out, at, Math.min(out.length, at + CHUNK));
  return narrowed(out);
}

const NONE: Narrow = { width: 0, bytes: new Uint8Array(0) };

/** Whether every byte is 0. */
export function isZero(bytes: Uint8Array): boolean {
  const isAligned = bytes.byteOffset % 4 === 0;
  const count = isAligned ? bytes.length >>> 2 : 0;
  const words = new Uint32Array(bytes.buffer, isAligned ? bytes.byteOffset : 0, count);
  for (let i = 0; i < count; i++) if (words[i] !== 0) return false;
  for (let i = count * 4; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** The bits that are set in any of `values[first]`, `values[first + step]`, …; some of them if the highest ones are. */
function bitsOf32(values: Uint32Array, first: number, step: 1 | 2): number {
  let bits = 0;
  for (let at = first; at < values.length && bits >>> 0 < 0x1_0000; at += CHUNK) {
    bits |= orOf32(values, at, Math.min(values.length, at + CHUNK), step);
  }
  return bits >>> 0;
}

function bitsOf16(values: Uint16Array, from: number, to: number): number {
  let bits = 0;
  for (let i = from; i < to; i++) bits |= values[i]!;
  return bits;
}

function orOf32(values: Uint32Array, from: number, to: number, step: number): number {
  let bits = 0;
  for (let i = from; i < to; i += step) bits |= values[i]!;
  return bits;
}

/** Memory for `count` numbers in which no bits but `bits` are set. */
function memoryFor(bits: number, count: number, memory: BlockMemory): Uint8Array | Uint16Array | Uint32Array {
  return bits < 0x100 ? memory.u8(count) : bits < 0x1_0000 ? memory.u16(count) : memory.u32(count);
}

function copyLow(words: Uint32Array, out: Uint8Array | Uint16Array | Uint32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[i] = words[2 * i]!;
}

/** The values in narrower memory. */
function copied<T extends Uint8Array | Uint16Array | Uint32Array>(values: Uint16Array | Uint32Array, out: T): T {
  out.set(values);
  return out;
}

function narrowed(values: Uint8Array | Uint16Array | Uint32Array): Narrow {
  return { width: values.BYTES_PER_ELEMENT, bytes: bytesOf(values) };
}

/** The memory of an array. */
export function bytesOf({
  buffer,
  byteOffset,
  byteLength,
}: Uint8Array | Uint16Array | Uint32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
