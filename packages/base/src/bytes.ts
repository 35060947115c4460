/**
 * Reads and writes of fixed-width integers in byte arrays. No bounds checks: callers check the length once, before
 * they read. `be` is network byte order.
 */

export function u8(b: Uint8Array, o: number): number {
  return b[o]!;
}

export function u16be(b: Uint8Array, o: number): number {
  return (b[o]! << 8) | b[o + 1]!;
}

export function u24be(b: Uint8Array, o: number): number {
  return (b[o]! << 16) | (b[o + 1]! << 8) | b[o + 2]!;
}

/** Unsigned 32 bits, 0 to 2^32 - 1. */
export function u32be(b: Uint8Array, o: number): number {
  return ((b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!) >>> 0;
}

/** 32 bits as a signed integer. It is enough for equality and xor, and V8 can keep it as a small integer. */
export function i32be(b: Uint8Array, o: number): number {
  return (b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!;
}

/** Unsigned big-endian integer of `length` bytes (1 to 8); above 2^53 - 1 the nearest double. */
export function uintBe(b: Uint8Array, o: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + b[o + i]!;
  return value;
}

export function u16le(b: Uint8Array, o: number): number {
  return b[o]! | (b[o + 1]! << 8);
}

export function u32le(b: Uint8Array, o: number): number {
  return (b[o]! | (b[o + 1]! << 8) | (b[o + 2]! << 16) | (b[o + 3]! << 24)) >>> 0;
}

export function setU16be(b: Uint8Array, o: number, v: number): void {
  b[o] = v >>> 8;
  b[o + 1] = v;
}

export function setU32be(b: Uint8Array, o: number, v: number): void {
  b[o] = v >>> 24;
  b[o + 1] = v >>> 16;
  b[o + 2] = v >>> 8;
  b[o + 3] = v;
}

/** Writes an integer of up to 2^53 - 1 as 64 bits. */
export function setU64be(b: Uint8Array, o: number, v: number): void {
  setU32be(b, o, Math.floor(v / 4294967296));
  setU32be(b, o + 4, v >>> 0);
}

export function setU16le(b: Uint8Array, o: number, v: number): void {
  b[o] = v;
  b[o + 1] = v >>> 8;
}

export function setU32le(b: Uint8Array, o: number, v: number): void {
  b[o] = v;
  b[o + 1] = v >>> 8;
  b[o + 2] = v >>> 16;
  b[o + 3] = v >>> 24;
}

/** Writes an integer of up to 2^53 - 1 as 64 bits; a negative one in two's complement. */
export function setU64le(b: Uint8Array, o: number, v: number): void {
  setU32le(b, o, v >>> 0);
  setU32le(b, o + 4, Math.floor(v / 4294967296));
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

/** Lower-case hexadecimal without prefix. */
export function toHex(b: Uint8Array, start = 0, end = b.length): string {
  let text = "";
  for (let i = start; i < end; i++) text += HEX[b[i]!]!;
  return text;
}

/** Bytes of a hexadecimal text. @throws RangeError on an odd length or a character that is not a hexadecimal digit. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) throw new RangeError(`not hexadecimal: ${text.slice(0, 40)}`);
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}
