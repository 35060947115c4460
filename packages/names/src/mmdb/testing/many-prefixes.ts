import { random } from "./random.ts";
import type { WrittenPrefix } from "./write-mmdb.ts";

/** Prefixes with their AS, and what an address has by them: sorted ranges, apart from any tree. */
export interface ManyPrefixes {
  readonly prefixes: readonly WrittenPrefix[];
  /** The AS of an IPv4 address; 0 for none. */
  asOf(address: number): number;
}

/** ASes that prefixes are of. */
const ASES = 60_000;
const recordOf = (as: number): WrittenPrefix["record"] => ({
  autonomous_system_number: as,
  autonomous_system_organization: `Network ${as}`,
});
const dotted = (address: number): string => [24, 16, 8, 0].map((bits) => (address >>> bits) & 255).join(".");

/** IPv4 prefixes of /20 to /28 one after another, with gaps, as many as wanted and the same ones for a seed. */
export function manyPrefixes(count: number, seed = 1): ManyPrefixes {
  const next = random(seed);
  const records = Array.from({ length: ASES }, (_, i) => recordOf(i + 1));
  const prefixes: WrittenPrefix[] = [];
  const starts = new Float64Array(count);
  const ends = new Float64Array(count);
  const ases = new Uint32Array(count);
  let at = 2 ** 24;
  // What a prefix may take, so that all of them end below 224.0.0.0.
  const room = (223 * 2 ** 24 - at) / count;
  for (let i = 0; i < count; i++) {
    const size = 2 ** Math.min(12, 4 + Math.floor(next() * 9), Math.floor(Math.log2(room)));
    at = Math.ceil(at / size) * size;
    const as = 1 + Math.floor(next() * ASES);
    prefixes.push({ prefix: `${dotted(at)}/${32 - Math.log2(size)}`, record: records[as - 1]! });
    [starts[i], ends[i], ases[i]] = [at, at + size, as];
    at += size + (next() < 0.3 ? 16 * Math.floor(next() * 16) : 0);
  }
  return {
    prefixes,
    asOf(address) {
      let [low, high] = [0, count];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (starts[middle]! <= address) low = middle + 1;
        else high = middle;
      }
      return low > 0 && address < ends[low - 1]! ? ases[low - 1]! : 0;
    },
  };
}
