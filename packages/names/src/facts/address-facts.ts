import type { RangeTable } from "../ranges/range-table.ts";

/** Addresses whose facts are kept: a power of two. */
const PLACES = 65_536;
const SHIFT = 16;
/** Words of a place: four of the address, three facts, and whether it is in use. One line of a processor's cache. */
const WORDS = 8;

/** Ranges of a file, and what their values mean. */
export interface FactTable {
  readonly ranges: RangeTable;
  /** By value of a range: number of the network; absent where the file has none. */
  readonly networks?: Uint32Array;
  /** By value: number of the AS. */
  readonly ases?: Uint32Array;
  /** By value: number of the place, or UNRESOLVED. */
  readonly places?: Uint32Array;
  /** The number of a place that was not looked at before. */
  readonly resolve?: (value: number) => number;
}

/** A place that was not looked at before. */
export const UNRESOLVED = 0xffff_ffff;

/**
 * What the tables say of an address: number of its network, of its AS and of its place. The facts of addresses that
 * came lately are kept, because traffic has few addresses for its records. No address is looked up twice while it is
 * there.
 */
export class AddressFacts {
  /** Of the address that was looked up last; 0 is none. */
  network = 0;
  as = 0;
  place = 0;
  /** Addresses that were looked up in the tables. */
  searches = 0;
  private tables: readonly FactTable[] = [];
  private readonly kept = new Uint32Array(WORDS * PLACES);

  /** Uses other tables from now on; the first that knows something of an address holds. */
  use(tables: readonly FactTable[]): void {
    this.tables = tables;
    this.kept.fill(0);
  }

  get isEmpty(): boolean {
    return this.tables.length === 0;
  }

  /** Looks up an address: four words of memory, which is little-endian, as of a column. */
  find(words: Uint32Array, at: number): void {
    const a = words[at]!;
    const b = words[at + 1]!;
    const c = words[at + 2]!;
    const d = words[at + 3]!;
    let hash = Math.imul(d ^ Math.imul(c, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ a, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    const p = WORDS * (hash >>> SHIFT);
    const { kept } = this;
    if (kept[p + 7] === 0 || kept[p + 3] !== d || kept[p + 2] !== c || kept[p + 1] !== b || kept[p] !== a) {
      this.search(a, b, c, d);
      kept[p] = a;
      kept[p + 1] = b;
      kept[p + 2] = c;
      kept[p + 3] = d;
      kept[p + 4] = this.network;
      kept[p + 5] = this.as;
      kept[p + 6] = this.place;
      kept[p + 7] = 1;
      return;
    }
    this.network = kept[p + 4]!;
    this.as = kept[p + 5]!;
    this.place = kept[p + 6]!;
  }

  private search(a: number, b: number, c: number, d: number): void {
    this.searches++;
    this.network = 0;
    this.as = 0;
    this.place = 0;
    // A flow without addresses.
    if ((a | b | c | d) === 0) return;
    // ::ffff:0:0/96, as words of little-endian memory.
    const isV4 = a === 0 && b === 0 && c === 0xffff_0000;
    const last = bigEndian(d);
    for (let i = 0; i < this.tables.length; i++) {
      const { ranges, networks, ases, places, resolve } = this.tables[i]!;
      const value = isV4 ? ranges.find4(last) : ranges.find6(bigEndian(a), bigEndian(b), bigEndian(c), last);
      if (value === 0) continue;
      if (networks !== undefined && this.network === 0) this.network = networks[value]!;
      if (ases !== undefined && this.as === 0) this.as = ases[value]!;
      if (places !== undefined && this.place === 0) {
        const known = places[value]!;
        this.place = known === UNRESOLVED ? resolve!(value) : known;
      }
    }
  }
}

function bigEndian(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
