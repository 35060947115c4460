import { setU32be, u32be } from "@ngflow/base";
import { MODE } from "./patch-types.ts";

const TWO16 = 0x10000;
const TWO32 = 0x1_0000_0000;

/**
 * Applies an operation to the 64-bit number at `at`, in network byte order, with a value in two halves. Shifts are by
 * the lowest six bits of the value, as on amd64. An unknown mode changes nothing.
 */
export function patchLong(bytes: Uint8Array, at: number, mode: number, high: number, low: number): void {
  const h = u32be(bytes, at);
  const l = u32be(bytes, at + 4);
  switch (mode) {
    case MODE.set:
      write(bytes, at, high, low);
      return;
    case MODE.add:
      write(bytes, at, h + high + (l + low >= TWO32 ? 1 : 0), l + low);
      return;
    case MODE.subtract:
      write(bytes, at, h - high - (l < low ? 1 : 0), l - low);
      return;
    case MODE.multiply:
      write(bytes, at, upperHalf(l, low) + Math.imul(h, low) + Math.imul(l, high), Math.imul(l, low));
      return;
    case MODE.divide:
      divide(bytes, at, high, low);
      return;
    case MODE.negate:
      write(bytes, at, -h - (l === 0 ? 0 : 1), -l);
      return;
    case MODE.and:
      write(bytes, at, h & high, l & low);
      return;
    case MODE.or:
      write(bytes, at, h | high, l | low);
      return;
    case MODE.xor:
      write(bytes, at, h ^ high, l ^ low);
      return;
    case MODE.shiftLeft:
      shiftLeft(bytes, at, low & 63);
      return;
    case MODE.shiftRight:
      shiftRight(bytes, at, low & 63);
      return;
    default:
  }
}

/** Writes the lowest 32 bits of both halves. */
function write(bytes: Uint8Array, at: number, high: number, low: number): void {
  setU32be(bytes, at, high);
  setU32be(bytes, at + 4, low);
}

/** The upper half of the product of two 32-bit numbers. */
function upperHalf(a: number, b: number): number {
  const a0 = a % TWO16;
  const a1 = (a - a0) / TWO16;
  const b0 = b % TWO16;
  const b1 = (b - b0) / TWO16;
  const middle = a1 * b0 + Math.floor((a0 * b0) / TWO16);
  return a1 * b1 + Math.floor(middle / TWO16) + Math.floor((a0 * b1 + (middle % TWO16)) / TWO16);
}

/** Division with the remainder bit by bit; the divisor is not 0. */
function divide(bytes: Uint8Array, at: number, high: number, low: number): void {
  const h = u32be(bytes, at);
  const l = u32be(bytes, at + 4);
  let [quotientHigh, quotientLow, restHigh, restLow] = [0, 0, 0, 0];
  for (let bit = 63; bit >= 0; bit--) {
    const carry = restHigh >>> 31;
    const next = bit < 32 ? (l >>> bit) & 1 : (h >>> (bit - 32)) & 1;
    restHigh = ((restHigh << 1) | (restLow >>> 31)) >>> 0;
    restLow = ((restLow << 1) | next) >>> 0;
    if (carry === 0 && (restHigh < high || (restHigh === high && restLow < low))) continue;
    restHigh = (restHigh - high - (restLow < low ? 1 : 0)) >>> 0;
    restLow = (restLow - low) >>> 0;
    if (bit < 32) quotientLow |= 1 << bit;
    else quotientHigh |= 1 << (bit - 32);
  }
  write(bytes, at, quotientHigh, quotientLow);
}

function shiftLeft(bytes: Uint8Array, at: number, by: number): void {
  const h = u32be(bytes, at);
  const l = u32be(bytes, at + 4);
  if (by >= 32) write(bytes, at, l << (by - 32), 0);
  else if (by > 0) write(bytes, at, (h << by) | (l >>> (32 - by)), l << by);
}

function shiftRight(bytes: Uint8Array, at: number, by: number): void {
  const h = u32be(bytes, at);
  const l = u32be(bytes, at + 4);
  if (by >= 32) write(bytes, at, 0, h >>> (by - 32));
  else if (by > 0) write(bytes, at, h >>> by, (l >>> by) | (h << (32 - by)));
}
