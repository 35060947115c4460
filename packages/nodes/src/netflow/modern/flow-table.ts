import type { ExtraColumn } from "./extra-column.ts";
import { ExpiryWheel } from "./expiry-wheel.ts";
import type { ReverseColumn } from "./reverse-column.ts";

/**
 * glibc puts large blocks 16 bytes after a page boundary; beginning 48 bytes later puts 64-byte records on cache lines. Elsewhere
 * it does no harm.
 */
export const FIRST_RECORD = 12;
const FIRST_INDEX_BITS = 12;

/** Most records of one table: record numbers have 24 bits. */
export const MAX_RECORDS = 0xff_ffff;

/** Offsets of the data of a record, in 32-bit words after its key. `BYTES`, `FIRST` and `LAST` are doubles. */
export const PACKETS = 0;
export const TCP_FLAGS = 1;
export const BYTES = 2;
export const FIRST = 4;
export const LAST = 6;
export const HASH = 8;
export const WHEEL = 9;

/**
 * Flow records of one address family in one block of memory, and an index over it: open addressing, each slot a record number (24
 * bits) under the low 8 bits of the key's hash, home slot from the high bits. Slots are few bytes, so a lookup touches one line
 * of the index and, but for one foreign slot in 256, only the line of its own record.
 *
 * A record is its key (IPv4: source, destination, ports, meta; IPv6: four words each, ports, meta), then packets, TCP
 * flags, bytes, first and last time in microseconds, hash, position in the wheel. Memory of records that were never
 * used is never touched, so that a large bound costs address space only.
 */
export class FlowTable {
  readonly keyWords: 4 | 10;
  readonly stride: number;
  readonly maxRecords: number;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly wheel: ExpiryWheel;
  index = new Int32Array(1 << FIRST_INDEX_BITS);
  indexMask = (1 << FIRST_INDEX_BITS) - 1;
  /** Home slot of a hash: `hash >>> indexShift`. */
  indexShift = 32 - FIRST_INDEX_BITS;
  live = 0;
  /** Optional fields of every record, null for none. */
  extra: ExtraColumn | null = null;
  /** Reverse directions, null when flows have one direction. */
  reverse: ReverseColumn | null = null;
  private free = 0;
  private unused = 1;

  constructor(keyWords: 4 | 10, maxRecords: number) {
    this.keyWords = keyWords;
    this.stride = keyWords === 4 ? 16 : 20;
    this.maxRecords = maxRecords;
    const buffer = new ArrayBuffer(4 * (FIRST_RECORD + this.stride * (maxRecords + 1)));
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.wheel = new ExpiryWheel(maxRecords);
  }

  /** Word at which record `id` begins. */
  at(id: number): number {
    return FIRST_RECORD + id * this.stride;
  }

  /** The record that begins at word `r`. */
  idOf(r: number): number {
    return (r - FIRST_RECORD) / this.stride;
  }

  /** A number that both directions of a conversation share: of the addresses and ports of the record at word `r`. */
  conversationHash(r: number): number {
    const { words } = this;
    const ports = words[r + this.keyWords - 2]!;
    let h = (ports & 0xffff) ^ (ports >>> 16);
    for (let w = 0; w < this.keyWords - 2; w++) h ^= words[r + w]!;
    h = Math.imul(h ^ (h >>> 16), -2048144789);
    return (h ^ (h >>> 13)) >>> 0;
  }

  /** One past the largest record number in use. */
  get end(): number {
    return this.unused;
  }

  /** Whether a record number below `end` holds a flow. */
  isLive(id: number): boolean {
    return this.words[this.at(id) + this.keyWords + PACKETS] !== 0;
  }

  /** Takes a record and enters it into the index. The caller has checked `live < maxRecords` and fills the record. */
  insert(hash: number): number {
    if (this.live * 2 >= this.index.length) this.growIndex();
    let id = this.free;
    if (id === 0) id = this.unused++;
    else this.free = this.words[this.at(id)]!;
    this.live++;
    this.words[this.at(id) + this.keyWords + HASH] = hash;
    this.enter(hash, id);
    return id;
  }

  /** Takes a record out of the index and the wheel and frees it. */
  remove(id: number): void {
    const { words } = this;
    const data = this.at(id) + this.keyWords;
    this.leave(words[data + HASH]!, id);
    const position = words[data + WHEEL]!;
    const moved = this.wheel.remove(position);
    if (moved !== 0) words[this.at(moved) + this.keyWords + WHEEL] = position;
    words[data + PACKETS] = 0;
    words[this.at(id)] = this.free;
    this.free = id;
    this.live--;
  }

  /** Puts a record that has no entry in the wheel, or whose entry was at `WHEEL`, into another bucket. */
  schedule(id: number, bucket: number): void {
    this.words[this.at(id) + this.keyWords + WHEEL] = this.wheel.add(bucket, id);
  }

  reschedule(id: number, bucket: number): void {
    const position = this.words[this.at(id) + this.keyWords + WHEEL]!;
    const moved = this.wheel.remove(position);
    if (moved !== 0) this.words[this.at(moved) + this.keyWords + WHEEL] = position;
    this.schedule(id, bucket);
  }

  /** Forgets every record. Their memory stays as it is: a record is filled before it is looked at. */
  clear(): void {
    this.createIndex(FIRST_INDEX_BITS);
    this.wheel.clear();
    this.live = 0;
    this.free = 0;
    this.unused = 1;
  }

  private enter(hash: number, id: number): void {
    const { index, indexMask } = this;
    let slot = hash >>> this.indexShift;
    while (index[slot] !== 0) slot = (slot + 1) & indexMask;
    index[slot] = id | (hash << 24);
  }

  /** Removes the slot of a record and moves later slots of the same run back, so that no run has a gap. */
  private leave(hash: number, id: number): void {
    const { index, indexMask, indexShift, words } = this;
    const entry = id | (hash << 24);
    let hole = hash >>> indexShift;
    while (index[hole] !== entry) hole = (hole + 1) & indexMask;
    let slot = hole;
    for (;;) {
      slot = (slot + 1) & indexMask;
      const other = index[slot]!;
      if (other === 0) break;
      const home = words[this.at(other & 0xffffff) + this.keyWords + HASH]! >>> indexShift;
      if (((slot - home) & indexMask) >= ((slot - hole) & indexMask)) {
        index[hole] = other;
        hole = slot;
      }
    }
    index[hole] = 0;
  }

  private createIndex(bits: number): void {
    this.index = new Int32Array(1 << bits);
    this.indexMask = (1 << bits) - 1;
    this.indexShift = 32 - bits;
  }

  private growIndex(): void {
    this.createIndex(32 - this.indexShift + 2);
    const { words, stride } = this;
    const hashAt = this.keyWords + HASH;
    const packetsAt = this.keyWords + PACKETS;
    let at = this.at(1);
    for (let id = 1; id < this.unused; id++, at += stride) {
      if (words[at + packetsAt] !== 0) this.enter(words[at + hashAt]!, id);
    }
  }
}
