import type { BlockMemory } from "./block-memory.ts";

/** Most different addresses of a dictionary: their numbers have one byte. */
const MOST = 256;
/** Places of the hash table, a power of two. */
const PLACES = 1024;
/** 32 - log2(PLACES). */
const SHIFT = 22;

/** The different addresses of a column, and which of them each row has. */
export interface IpDictionary {
  /** 16 bytes each, in the order in which they come first. */
  readonly values: Uint8Array;
  /** A number below their count for each row. */
  readonly numbers: Uint8Array;
}

/**
 * The dictionary of a column of addresses of 16 bytes; undefined where it has more than 256 different ones, which shows
 * after few rows, or its memory is not aligned.
 */
export function ipDictionary(bytes: Uint8Array, memory: BlockMemory): IpDictionary | undefined {
  if (bytes.byteOffset % 4 !== 0) return undefined;
  const rows = bytes.length >>> 4;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, rows * 4);
  const values = new Uint32Array(4 * MOST);
  // A place has the number of its value and 1; 0 is free.
  const places = new Uint16Array(PLACES);
  const numbers = memory.u8(rows);
  let count = 0;
  let number = 0;
  for (let i = 0, w = 0; i < rows; i++, w += 4) {
    const a = words[w]!;
    const b = words[w + 1]!;
    const c = words[w + 2]!;
    const d = words[w + 3]!;
    const v = 4 * number;
    if (count === 0 || values[v + 3] !== d || values[v + 2] !== c || values[v + 1] !== b || values[v] !== a) {
      const place = placeOf(values, places, a, b, c, d);
      if (places[place] === 0) {
        if (count === MOST) return undefined;
        values[4 * count] = a;
        values[4 * count + 1] = b;
        values[4 * count + 2] = c;
        values[4 * count + 3] = d;
        places[place] = ++count;
      }
      number = places[place]! - 1;
    }
    numbers[i] = number;
  }
  return { values: new Uint8Array(values.buffer, 0, 16 * count), numbers };
}

/** The place of an address, or the free one where it belongs. */
function placeOf(values: Uint32Array, places: Uint16Array, a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(Math.imul(d ^ (d >>> 15), 0x9e3779b1) ^ c, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ b ^ Math.imul(a, 0xc2b2ae35), 0x27d4eb2f);
  let place = hash >>> SHIFT;
  for (;;) {
    const v = 4 * places[place]! - 4;
    if (v < 0 || (values[v + 3] === d && values[v + 2] === c && values[v + 1] === b && values[v] === a)) return place;
    place = (place + 1) & (PLACES - 1);
  }
}
