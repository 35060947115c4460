import { adviseHugePages } from "@ngflow/os";
import { Arena } from "./arena.ts";
import type { ExtraColumn } from "../fields/extra-column.ts";
import { ExpiryWheel } from "../expiry/expiry-wheel.ts";
import {
  RECORD_BYTES,
  RECORD_FIRST,
  RECORD_HASH,
  RECORD_LAST,
  RECORD_PACKETS,
  RECORD_TCP_FLAGS,
  RECORD_VLANS,
  RECORD_WHEEL,
  STRIDE4_BYTES,
  STRIDE6_BYTES,
  TABLE_BLOCK_BYTES,
  TABLE_FREE,
  TABLE_INDEX,
  TABLE_INDEX_MASK,
  TABLE_INDEX_SHIFT,
  TABLE_LIVE,
  TABLE_RECORDS,
  TABLE_UNUSED,
} from "../wasm/meter-layout.ts";
import type { ReverseColumn } from "../fields/reverse-column.ts";

const INDEX_BITS_MIN = 12;
/** Bits of the index of few flows, and how many more each larger one has: an index stays as near as its flows allow. */
const FIRST_INDEX_BITS = 16;
const INDEX_STEP_BITS = 2;

/** Most records of one table: record numbers have 24 bits. */
export const MAX_RECORDS = 0xff_ffff;

/** Offsets of the data of a record, in 32-bit words after its key. `BYTES`, `FIRST` and `LAST` are doubles. */
export const PACKETS = RECORD_PACKETS / 4;
export const TCP_FLAGS = RECORD_TCP_FLAGS / 4;
export const BYTES = RECORD_BYTES / 4;
export const FIRST = RECORD_FIRST / 4;
export const LAST = RECORD_LAST / 4;
/** VLANs of the key, one word. */
export const VLANS = RECORD_VLANS / 4;
const HASH = RECORD_HASH / 4;
const WHEEL = RECORD_WHEEL / 4;

const LIVE = TABLE_LIVE / 4;
const FREE = TABLE_FREE / 4;
const UNUSED = TABLE_UNUSED / 4;

function strideBytes(keyWords: 4 | 10): number {
  return keyWords === 4 ? STRIDE4_BYTES : STRIDE6_BYTES;
}

/** Bits of the index's size: with so many records in it, it is at most half full. */
function indexBits(maxRecords: number): number {
  return Math.max(INDEX_BITS_MIN, Math.ceil(Math.log2(2 * maxRecords)));
}

/** Bits of all sizes that an index may have, ascending. */
function indexSizes(maxRecords: number): number[] {
  const full = indexBits(maxRecords);
  const sizes = [full];
  for (let bits = FIRST_INDEX_BITS; bits < full; bits += INDEX_STEP_BITS) sizes.splice(-1, 0, bits);
  return sizes;
}

/** A time after the clock was set by `byUs` to `nowUs`: moved along, unless it is nearer to the new time as it is. */
export function shifted(timeUs: number, byUs: number, nowUs: number): number {
  return Math.abs(timeUs + byUs - nowUs) < Math.abs(timeUs - nowUs) ? timeUs + byUs : timeUs;
}

/**
 * Flow records of one address family in one block of memory, and an index over it: open addressing, each slot a record
 * number (24 bits) under the low 8 bits of the key's hash, home slot from the high bits. Slots are few bytes, so a
 * lookup touches one line of the index and, but for one foreign slot in 256, only the line of its own record. The index
 * grows fourfold when it is half full, on huge pages: so it is no larger than its flows need, which is what the
 * processor's caches gain most from, and a miss of the caches is not one of the page tables, too.
 *
 * A record is its key (IPv4: source, destination, ports, meta; IPv6: four words each, ports, meta), then packets, TCP
 * flags, bytes, first and last time in microseconds, hash, position in the wheel, and the VLANs of the key. Memory of
 * records that were never used is never touched, so that a large bound costs address space only.
 */
export class FlowTable {
  readonly keyWords: 4 | 10;
  readonly stride: number;
  readonly maxRecords: number;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly wheel: ExpiryWheel;
  /** The block that the WebAssembly meter works on, in 32-bit words. */
  readonly block: Int32Array;
  index: Int32Array;
  indexMask = 0;
  /** Home slot of a hash: `hash >>> indexShift`. */
  indexShift = 0;
  /** Optional fields of every record, null for none. */
  extra: ExtraColumn | null = null;
  /** Parts of the key that not every choice has: `KEY_ROW_WORDS` for every record, null for none. */
  keys: Int32Array | null = null;
  /** Reverse directions, null when flows have one direction. */
  reverse: ReverseColumn | null = null;
  /** Larger indexes, the largest first: untouched until there are so many flows. */
  private readonly largerIndexes: Int32Array[];
  private readonly onHugePages: boolean;

  /** @param arena has room for `arenaBytes` of the same arguments */
  constructor(keyWords: 4 | 10, maxRecords: number, arena = Arena.plain(FlowTable.arenaBytes(keyWords, maxRecords))) {
    this.keyWords = keyWords;
    this.stride = strideBytes(keyWords) / 4;
    this.maxRecords = maxRecords;
    this.words = arena.int32(this.stride * (maxRecords + 1));
    this.doubles = new Float64Array(arena.buffer, this.words.byteOffset, this.words.length / 2);
    this.block = arena.int32(TABLE_BLOCK_BYTES / 4);
    const indexes = indexSizes(maxRecords).map((bits) => arena.int32(2 ** bits));
    this.index = indexes[0]!;
    this.largerIndexes = indexes.slice(1).toReversed();
    this.onHugePages = arena.memory !== null;
    this.block[TABLE_RECORDS / 4] = this.words.byteOffset;
    this.block[UNUSED] = 1;
    this.useIndex(this.index);
    this.wheel = new ExpiryWheel(maxRecords, arena, this.block);
  }

  static arenaBytes(keyWords: 4 | 10, maxRecords: number): number {
    const records = Arena.room(strideBytes(keyWords) * (maxRecords + 1)) + Arena.room(TABLE_BLOCK_BYTES);
    const indexes = indexSizes(maxRecords).reduce((sum, bits) => sum + Arena.room(4 * 2 ** bits), 0);
    return records + indexes + ExpiryWheel.arenaBytes(maxRecords);
  }

  /** Flows in the table. */
  get live(): number {
    return this.block[LIVE]!;
  }

  /** Word at which record `id` begins; there is no record 0. */
  at(id: number): number {
    return id * this.stride;
  }

  /** The record that begins at word `r`. */
  idOf(r: number): number {
    return r / this.stride;
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

  /** VLANs of the key of the record at word `r`, as `vlansOf` has them. */
  vlans(r: number): number {
    return this.words[r + this.keyWords + VLANS]!;
  }

  /** One past the largest record number in use. */
  get end(): number {
    return this.block[UNUSED]!;
  }

  /** The clock was set by so much, to `nowUs`: moves the times of every flow that are not of the new time already. */
  shiftTimes(byUs: number, nowUs: number): void {
    const { doubles, reverse } = this;
    for (let id = 1; id < this.end; id++) {
      if (!this.isLive(id)) continue;
      const data = this.at(id) + this.keyWords;
      const last = doubles[(data + LAST) >> 1]!;
      if (shifted(last, byUs, nowUs) === last) continue;
      doubles[(data + FIRST) >> 1]! += byUs;
      doubles[(data + LAST) >> 1]! += byUs;
      reverse?.shiftTimes(id, byUs);
    }
  }

  /** Whether a record number below `end` holds a flow. */
  isLive(id: number): boolean {
    return this.words[this.at(id) + this.keyWords + PACKETS] !== 0;
  }

  /** Takes a record and enters it into the index. The caller has checked `live < maxRecords` and fills the record. */
  insert(hash: number): number {
    const { block } = this;
    if (block[LIVE]! * 2 >= this.index.length) this.growIndex();
    let id = block[FREE]!;
    if (id === 0) {
      id = block[UNUSED]!;
      block[UNUSED] = id + 1;
    } else block[FREE] = this.words[this.at(id)]!;
    block[LIVE]! += 1;
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
    words[this.at(id)] = this.block[FREE]!;
    this.block[FREE] = id;
    this.block[LIVE]! -= 1;
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
    if (this.end > 1) this.index.fill(0);
    this.wheel.clear();
    this.block[LIVE] = 0;
    this.block[FREE] = 0;
    this.block[UNUSED] = 1;
  }

  private growIndex(): void {
    const larger = this.largerIndexes.pop();
    if (larger === undefined) return;
    if (this.onHugePages) adviseHugePages(larger);
    this.useIndex(larger);
    const { words, stride } = this;
    const hashAt = this.keyWords + HASH;
    for (let id = 1; id < this.end; id++) if (this.isLive(id)) this.enter(words[id * stride + hashAt]!, id);
  }

  private useIndex(index: Int32Array): void {
    this.index = index;
    this.indexMask = index.length - 1;
    this.indexShift = Math.clz32(index.length) + 1;
    this.block[TABLE_INDEX / 4] = index.byteOffset;
    this.block[TABLE_INDEX_MASK / 4] = this.indexMask;
    this.block[TABLE_INDEX_SHIFT / 4] = this.indexShift;
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
}
