/** Values between two looks at what was found so far: a column that needs all its width is left soon. */
const CHUNK = 4096;

/**
 * The unsigned integers of a column in the fewest bytes that hold all of them: 0 (every value is zero), 1, 2, 4 or 8.
 * The numbers of a column are little-endian.
 */
export interface Narrow {
  readonly width: number;
  readonly bytes: Uint8Array;
}

/** A column of one-byte integers: width 0 or 1. */
export function narrow8(values: Uint8Array): Narrow {
  return isZero(values) ? NONE : { width: 1, bytes: values };
}

/** A column of two-byte integers: width 0, 1 or 2. */
export function narrow16(values: Uint16Array): Narrow {
  const width = widthOf(bitsOf(values, 1, 0, 0xff00));
  return width === 2 ? whole(values, 2) : shortened(values, 1, width);
}

/** A column of four-byte integers: width 0, 1, 2 or 4. */
export function narrow32(values: Uint32Array): Narrow {
  const width = widthOf(bitsOf(values, 1, 0, 0xffff_0000));
  return width === 4 ? whole(values, 4) : shortened(values, 1, width);
}

/** A column of eight-byte integers as two words a value, low first: width 0, 1, 2, 4 or 8. */
export function narrow64(words: Uint32Array): Narrow {
  if (bitsOf(words, 2, 1, 0xffff_ffff) !== 0) return whole(words, 8);
  return shortened(words, 2, widthOf(bitsOf(words, 2, 0, 0xffff_0000)));
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

/** The bits that are set in any of `values[first]`, `values[first + step]`, …; some of them if one of `enough` is. */
function bitsOf(values: Uint16Array | Uint32Array, step: number, first: number, enough: number): number {
  let bits = 0;
  for (let at = first; at < values.length && (bits & enough) === 0;) {
    const end = Math.min(values.length, at + CHUNK);
    for (; at < end; at += step) bits |= values[at]!;
  }
  return bits >>> 0;
}

function widthOf(bits: number): number {
  if (bits === 0) return 0;
  return bits < 0x100 ? 1 : bits < 0x1_0000 ? 2 : 4;
}

function whole({ buffer, byteOffset, byteLength }: Uint16Array | Uint32Array, width: number): Narrow {
  return { width, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
}

/** Every `step`th value in `width` bytes, which hold it. */
function shortened(values: Uint16Array | Uint32Array, step: number, width: number): Narrow {
  if (width === 0) return NONE;
  const count = values.length / step;
  const out = width === 1 ? new Uint8Array(count) : width === 2 ? new Uint16Array(count) : new Uint32Array(count);
  for (let i = 0, at = 0; i < count; i++, at += step) out[i] = values[at]!;
  return { width, bytes: new Uint8Array(out.buffer) };
}
