/**
 * Copy loops of fallback fields: like copy.ts, but only for rows whose column is still zero. Templates that carry the
 * same fact twice (both IPv4 and IPv6 addresses, or masks of both families) fill one of them with zeros.
 */
import { copyIp4, copyIp6, copyMac, copyU16, copyU32, copyU8 } from "./copy.ts";

export function fallbackU8(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  length: number,
  out: Uint8Array,
  row: number,
): void {
  for (let i = 0; i < n; i++) if (out[row + i] === 0) copyU8(b, o + i * stride, stride, 1, length, out, row + i);
}

export function fallbackU16(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  length: number,
  out: Uint16Array,
  row: number,
): void {
  for (let i = 0; i < n; i++) if (out[row + i] === 0) copyU16(b, o + i * stride, stride, 1, length, out, row + i);
}

export function fallbackU32(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  length: number,
  out: Uint32Array,
  row: number,
): void {
  for (let i = 0; i < n; i++) if (out[row + i] === 0) copyU32(b, o + i * stride, stride, 1, length, out, row + i);
}

/** An address of `length` 4 or 16 where the row's own is ::, 0.0.0.0 or not set. */
export function fallbackIp(
  b: Uint8Array,
  o: number,
  stride: number,
  n: number,
  length: number,
  out: Uint32Array,
  row: number,
): void {
  for (let i = 0; i < n; i++) {
    const w = 4 * (row + i);
    const unset =
      out[w] === 0 && out[w + 1] === 0 && out[w + 3] === 0 && (out[w + 2] === 0 || out[w + 2] === 0xffff0000);
    if (!unset || isZero(b, o + i * stride, length)) continue;
    if (length === 4) copyIp4(b, o + i * stride, stride, 1, out, row + i);
    else copyIp6(b, o + i * stride, stride, 1, out, row + i);
  }
}

export function fallbackMac(b: Uint8Array, o: number, stride: number, n: number, out: Uint32Array, row: number): void {
  for (let i = 0; i < n; i++) {
    const w = 2 * (row + i);
    if (out[w] === 0 && out[w + 1] === 0) copyMac(b, o + i * stride, stride, 1, out, row + i);
  }
}

function isZero(b: Uint8Array, o: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (b[o + i] !== 0) return false;
  return true;
}
