import type { ExtraFields } from "./extra-fields.ts";

/** The distinct pairs of element and bytes of some values, and which of them each value is. */
export interface DistinctValues {
  /** Of each value, the position of its pair. */
  readonly pairOf: Uint32Array;
  /** Of each pair, a value that has it. */
  readonly firsts: readonly number[];
}

/** Finds equal values among the first `count`: each is made into text once. */
export function distinctValues(extra: ExtraFields, count: number): DistinctValues {
  const { bytes, ends, elementOf } = extra;
  let size = 1024;
  while (size < 2 * count) size *= 2;
  const table = new Int32Array(size).fill(-1);
  const pairOf = new Uint32Array(count);
  const firsts: number[] = [];
  for (let i = 0, start = 0; i < count; i++) {
    const end = ends[i]!;
    let hash = Math.imul(elementOf[i]! + 1, 0x9e3779b1);
    for (let o = start; o < end; o++) hash = Math.imul(hash ^ bytes[o]!, 0x01000193) ^ (hash >>> 15);
    hash ^= hash >>> 16;
    let slot = hash & (size - 1);
    for (;;) {
      const pair = table[slot]!;
      if (pair < 0) {
        table[slot] = firsts.length;
        pairOf[i] = firsts.length;
        firsts.push(i);
        break;
      }
      if (isSame(extra, firsts[pair]!, i, start, end)) {
        pairOf[i] = pair;
        break;
      }
      slot = (slot + 1) & (size - 1);
    }
    start = end;
  }
  return { pairOf, firsts };
}

function isSame(
  { bytes, ends, elementOf }: ExtraFields,
  other: number,
  i: number,
  start: number,
  end: number,
): boolean {
  if (elementOf[other] !== elementOf[i]) return false;
  const from = other === 0 ? 0 : ends[other - 1]!;
  if (ends[other]! - from !== end - start) return false;
  for (let k = 0; k < end - start; k++) if (bytes[from + k] !== bytes[start + k]) return false;
  return true;
}
