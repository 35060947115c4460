import { Arena } from "../cache/arena.ts";
import {
  CHUNK_BYTES,
  CHUNK_ENTRIES,
  CHUNK_FIRST_ENTRY_BYTES,
  TABLE_BLOCK_BYTES,
  TABLE_FILLS,
  TABLE_FREE_CHUNK,
  TABLE_POOL,
  TABLE_TAILS,
  TABLE_UNUSED_CHUNK,
} from "../wasm/meter-layout.ts";

const CHUNK_WORDS = CHUNK_BYTES / 4;
const FIRST_ENTRY = CHUNK_FIRST_ENTRY_BYTES / 4;
const FREE_CHUNK = TABLE_FREE_CHUNK / 4;
const UNUSED_CHUNK = TABLE_UNUSED_CHUNK / 4;

/** Buckets of the wheel, one per tick; a later deadline waits in the last bucket and is looked at again. */
export const WHEEL_BUCKETS = 1024;

function chunksFor(records: number): number {
  return Math.ceil(records / CHUNK_ENTRIES) + WHEEL_BUCKETS + 1;
}

/**
 * Lists of record numbers by the tick in which they are to be looked at. An entry is where a record said it would be,
 * not where it must be by now: a packet does not move its flow's entry; whoever takes the entry out looks at the record
 * and puts it back if it is not due. Every cached record has exactly one entry, so the memory is bounded by the
 * records.
 */
export class ExpiryWheel {
  private readonly pool: Uint32Array;
  /** Last chunk of each bucket, 0 for none; only the last one of a bucket may be partly filled. */
  private readonly tail: Uint32Array;
  /** Entries in the last chunk. */
  private readonly fill: Uint8Array;
  private readonly block: Int32Array;

  /**
   * @param arena has room for `arenaBytes`
   * @param block the table's block: the wheel's part of it is the wheel's
   */
  constructor(
    records: number,
    arena = Arena.plain(ExpiryWheel.arenaBytes(records)),
    block: Int32Array = new Int32Array(TABLE_BLOCK_BYTES / 4),
  ) {
    this.pool = arena.uint32(chunksFor(records) * CHUNK_WORDS);
    this.tail = arena.uint32(WHEEL_BUCKETS);
    this.fill = arena.bytes(WHEEL_BUCKETS);
    this.block = block;
    block[TABLE_POOL / 4] = this.pool.byteOffset;
    block[TABLE_TAILS / 4] = this.tail.byteOffset;
    block[TABLE_FILLS / 4] = this.fill.byteOffset;
    block[UNUSED_CHUNK] = 1;
  }

  static arenaBytes(records: number): number {
    return Arena.room(chunksFor(records) * CHUNK_BYTES) + Arena.room(4 * WHEEL_BUCKETS) + Arena.room(WHEEL_BUCKETS);
  }

  /** Adds an entry. Returns its position, which the record keeps for `remove`. */
  add(bucket: number, id: number): number {
    let chunk = this.tail[bucket]!;
    let fill = this.fill[bucket]!;
    if (chunk === 0 || fill === CHUNK_ENTRIES) {
      chunk = this.newChunk(bucket, chunk);
      fill = 0;
    }
    const at = chunk * CHUNK_WORDS + FIRST_ENTRY + fill;
    this.pool[at] = id;
    this.fill[bucket] = fill + 1;
    return at;
  }

  /** Number of entries in the bucket's last chunk: those that `last` reaches. 0 means that the bucket is empty. */
  tailEntries(bucket: number): number {
    return this.fill[bucket]!;
  }

  /** The entry `back` places before the bucket's last one; `back` is below `tailEntries`. */
  last(bucket: number, back: number): number {
    return this.pool[this.tail[bucket]! * CHUNK_WORDS + FIRST_ENTRY + this.fill[bucket]! - 1 - back]!;
  }

  /**
   * Removes the entry at a position.
   * @returns the record whose entry is there now, 0 if none: its position has become `at`.
   */
  remove(at: number): number {
    const bucket = this.pool[at - (at % CHUNK_WORDS) + 1]!;
    const chunk = this.tail[bucket]!;
    const fill = this.fill[bucket]! - 1;
    const lastAt = chunk * CHUNK_WORDS + FIRST_ENTRY + fill;
    const moved = this.pool[lastAt]!;
    this.pool[at] = moved;
    this.fill[bucket] = fill;
    if (fill === 0) this.dropChunk(bucket, chunk);
    return lastAt === at ? 0 : moved;
  }

  /** Forgets every entry. */
  clear(): void {
    this.tail.fill(0);
    this.fill.fill(0);
    this.block[FREE_CHUNK] = 0;
    this.block[UNUSED_CHUNK] = 1;
  }

  private newChunk(bucket: number, before: number): number {
    const { block } = this;
    let chunk = block[FREE_CHUNK]!;
    if (chunk === 0) {
      chunk = block[UNUSED_CHUNK]!;
      block[UNUSED_CHUNK] = chunk + 1;
    } else block[FREE_CHUNK] = this.pool[chunk * CHUNK_WORDS]!;
    this.pool[chunk * CHUNK_WORDS] = before;
    this.pool[chunk * CHUNK_WORDS + 1] = bucket;
    this.tail[bucket] = chunk;
    return chunk;
  }

  private dropChunk(bucket: number, chunk: number): void {
    const before = this.pool[chunk * CHUNK_WORDS]!;
    this.tail[bucket] = before;
    this.fill[bucket] = before === 0 ? 0 : CHUNK_ENTRIES;
    this.pool[chunk * CHUNK_WORDS] = this.block[FREE_CHUNK]!;
    this.block[FREE_CHUNK] = chunk;
  }
}
