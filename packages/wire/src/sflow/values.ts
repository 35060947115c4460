import { setU16be, setU32be } from "@ngflow/base";

/** Most bytes of a string or list that a record takes over. */
export const LIST_BYTES_MAX = 1024;

/** Copies `length` bytes. Returns the offset after them. */
export function copyBytes(bytes: Uint8Array, from: number, length: number, out: Uint8Array, at: number): number {
  for (let i = 0; i < length; i++) out[at + i] = bytes[from + i]!;
  return at + length;
}

/** Writes a value of variable length (RFC 7011 section 7). Returns the offset after it. */
export function copyList(bytes: Uint8Array, from: number, length: number, out: Uint8Array, at: number): number {
  let o = at;
  if (length < 255) out[o++] = length;
  else {
    out[o] = 255;
    setU16be(out, o + 1, length);
    o += 3;
  }
  return copyBytes(bytes, from, length, out, o);
}

/** Writes 32 bits. Returns the offset after them. */
export function put32(out: Uint8Array, at: number, value: number): number {
  setU32be(out, at, value);
  return at + 4;
}

/** Writes 16 bits. Returns the offset after them. */
export function put16(out: Uint8Array, at: number, value: number): number {
  setU16be(out, at, value);
  return at + 2;
}

/** Writes 8 bits. Returns the offset after them. */
export function put8(out: Uint8Array, at: number, value: number): number {
  out[at] = value;
  return at + 1;
}

/**
 * Reads XDR (RFC 4506) in `[at, end)` of a byte array, big-endian, in units of four bytes. A read past the end gives 0,
 * or an empty list, and makes `ok` false.
 */
export class XdrReader {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  ok = true;
  /** Where the list that was last read begins, and its length in bytes. */
  listAt = 0;
  listLength = 0;

  read(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.ok = true;
  }

  /** 32 bits, unsigned. */
  u32(): number {
    const o = this.skip(4);
    if (!this.ok) return 0;
    const b = this.bytes;
    return ((b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!) >>> 0;
  }

  /** Passes over `length` bytes. Returns where they begin. */
  skip(length: number): number {
    const o = this.at;
    if (length > this.end - o) {
      this.ok = false;
      return o;
    }
    this.at = o + length;
    return o;
  }

  /** Opaque data, a string or an array of 32-bit numbers, with its length before it. Its padding may be missing. */
  list(unit = 1): void {
    const length = this.u32() * unit;
    this.listAt = this.skip(length);
    this.listLength = this.ok ? length : 0;
    this.at = Math.min(this.listAt + ((this.listLength + 3) & ~3), this.end);
  }
}
