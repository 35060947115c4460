/**
 * Copy loops of the column plan: one call moves one field of `n` records into one column. `b` is the datagram, `o` the
 * field in the first record, `stride` the bytes between records, `out` the column, `row` the first row. The caller has
 * checked that all records are inside the datagram and all rows inside the batch. A value that does not fit the
 * column becomes the column's maximum.
 */

const U16_MAX = 0xffff;
const U32_MAX = 0xffffffff;

/** Big-endian unsigned integer of 0 to 8 bytes (the last 8 of more) as a double. */
function readUint(b: Uint8Array, o: number, length: number): number {
  let value = 0;
  for (let i = length > 8 ? length - 8 : 0; i < length; i++) value = value * 256 + b[o + i]!;
  return value;
}

export function copyU8(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  length: number,
  out: Uint8Array,
  row: number,
): void {
  if (length === 1) {
    for (let i = 0, p = o; i < n; i++, p += stride) out[row + i] = b[p]!;
    return;
  }
  for (let i = 0, p = o; i < n; i++, p += stride) out[row + i] = Math.min(readUint(b, p, length), 255);
}

export function copyU16(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  length: number,
  out: Uint16Array,
  row: number,
): void {
  if (length === 2) {
    for (let i = 0, p = o; i < n; i++, p += stride) out[row + i] = (b[p]! << 8) | b[p + 1]!;
    return;
  }
  for (let i = 0, p = o; i < n; i++, p += stride) out[row + i] = Math.min(readUint(b, p, length), U16_MAX);
}

export function copyU32(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  length: number,
  out: Uint32Array,
  row: number,
): void {
  if (length === 4) {
    for (let i = 0, p = o; i < n; i++, p += stride) {
      out[row + i] = (b[p]! << 24) | (b[p + 1]! << 16) | (b[p + 2]! << 8) | b[p + 3]!;
    }
    return;
  }
  if (length === 2) {
    for (let i = 0, p = o; i < n; i++, p += stride) out[row + i] = (b[p]! << 8) | b[p + 1]!;
    return;
  }
  for (let i = 0, p = o; i < n; i++, p += stride) out[row + i] = Math.min(readUint(b, p, length), U32_MAX);
}

/** Two words a row, low first. */
export function copyU64(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  length: number,
  out: Uint32Array,
  row: number,
): void {
  let w = 2 * row;
  if (length === 4) {
    for (let i = 0, p = o; i < n; i++, p += stride, w += 2) {
      out[w] = (b[p]! << 24) | (b[p + 1]! << 16) | (b[p + 2]! << 8) | b[p + 3]!;
    }
    return;
  }
  if (length === 8) {
    for (let i = 0, p = o; i < n; i++, p += stride, w += 2) {
      out[w + 1] = (b[p]! << 24) | (b[p + 1]! << 16) | (b[p + 2]! << 8) | b[p + 3]!;
      out[w] = (b[p + 4]! << 24) | (b[p + 5]! << 16) | (b[p + 6]! << 8) | b[p + 7]!;
    }
    return;
  }
  for (let i = 0, p = o; i < n; i++, p += stride, w += 2) {
    const low = length < 4 ? length : 4;
    const high = length < 8 ? length - low : 4;
    out[w] = readUint(b, p + length - low, low);
    out[w + 1] = readUint(b, p + length - low - high, high);
  }
}

/** Four bytes to ::ffff:a.b.c.d; `out` holds four words a row. */
export function copyIp4(b: Uint8Array, o: number, stride: number, n: number, out: Uint32Array, row: number): void {
  for (let i = 0, p = o, w = 4 * row; i < n; i++, p += stride, w += 4) {
    out[w + 2] = 0xffff0000;
    out[w + 3] = b[p]! | (b[p + 1]! << 8) | (b[p + 2]! << 16) | (b[p + 3]! << 24);
  }
}

export function copyIp6(b: Uint8Array, o: number, stride: number, n: number, out: Uint32Array, row: number): void {
  for (let i = 0, p = o, w = 4 * row; i < n; i++, p += stride, w += 4) {
    out[w] = b[p]! | (b[p + 1]! << 8) | (b[p + 2]! << 16) | (b[p + 3]! << 24);
    out[w + 1] = b[p + 4]! | (b[p + 5]! << 8) | (b[p + 6]! << 16) | (b[p + 7]! << 24);
    out[w + 2] = b[p + 8]! | (b[p + 9]! << 8) | (b[p + 10]! << 16) | (b[p + 11]! << 24);
    out[w + 3] = b[p + 12]! | (b[p + 13]! << 8) | (b[p + 14]! << 16) | (b[p + 15]! << 24);
  }
}

/** Six bytes to 48 bits in two words, low first. */
export function copyMac(b: Uint8Array, o: number, stride: number, n: number, out: Uint32Array, row: number): void {
  for (let i = 0, p = o, w = 2 * row; i < n; i++, p += stride, w += 2) {
    out[w + 1] = (b[p]! << 8) | b[p + 1]!;
    out[w] = (b[p + 2]! << 24) | (b[p + 3]! << 16) | (b[p + 4]! << 8) | b[p + 5]!;
  }
}

/** The 20-bit label at the head of a 3-byte label stack entry (RFC 3032 section 2.1). */
export function copyMplsLabel(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  out: Uint32Array,
  row: number,
): void {
  for (let i = 0, p = o; i < n; i++, p += stride) {
    out[row + i] = (b[p]! << 12) | (b[p + 1]! << 4) | (b[p + 2]! >>> 4);
  }
}
