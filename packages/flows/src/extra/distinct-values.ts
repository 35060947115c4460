import type { BlockMemory } from "../block-memory.ts";
import type { ExtraFields } from "./extra-fields.ts";

/** The distinct pairs of element and bytes of some values, and which of them each value is. */
export interface DistinctValues {
  /** Of each value, the position of its pair. */
  readonly pairOf: Uint32Array;
  /** Of each pair, a value that has it. */
  readonly firsts: Uint32Array;
}

/**
 * Finds equal values among the first `count`: each is made into text once. Most values are what their element had in
 * the row before, and are compared with that before they are looked for.
 */
export function distinctValues(extra: ExtraFields, count: number, memory: BlockMemory): DistinctValues {
  const { bytes, ends, elementOf } = extra;
  let size = 1024;
  while (size < 2 * count) size *= 2;
  // A pair's number and one, 0 for a free place.
  const table = memory.u32(size).fill(0);
  const pairOf = memory.u32(count);
  const firsts = memory.u32(count);
  const latest = memory.u32(extra.elements.length).fill(0);
  let pairs = 0;
  for (let i = 0, start = 0; i < count; i++) {
    const end = ends[i]!;
    const element = elementOf[i]!;
    const before = latest[element]!;
    if (before === 0 || !isSame(extra, firsts[before - 1]!, i, start, end)) {
      let hash = Math.imul(element + 1, 0x9e3779b1);
      for (let o = start; o < end; o++) hash = Math.imul(hash ^ bytes[o]!, 0x01000193) ^ (hash >>> 15);
      hash ^= hash >>> 16;
      let slot = hash & (size - 1);
      while (table[slot] !== 0 && !isSame(extra, firsts[table[slot]! - 1]!, i, start, end)) {
        slot = (slot + 1) & (size - 1);
      }
      if (table[slot] === 0) {
        firsts[pairs++] = i;
        table[slot] = pairs;
      }
      latest[element] = table[slot]!;
    }
    pairOf[i] = latest[element]! - 1;
    start = end;
  }
  return { pairOf, firsts: firsts.subarray(0, pairs) };
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
