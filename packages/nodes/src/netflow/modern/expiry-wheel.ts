/** Words of a chunk: the chunk before it in its bucket, the bucket, and 62 entries. */
const CHUNK_WORDS = 64;
const CHUNK_ENTRIES = 62;
const FIRST_ENTRY = 2;

/** Buckets of the wheel, one per tick; a later deadline waits in the last bucket and is looked at again. */
export const WHEEL_BUCKETS = 1024;

/**
 * Lists of record numbers by the tick in which they are to be looked at. An entry is where a record said it would be, not where it
 * must be by now: a packet does not move its flow's entry; whoever takes the entry out looks at the record and puts it
 * back if it is not due. Every cached record has exactly one entry, so the memory is bounded by the records.
 */
export class ExpiryWheel {
  private readonly pool: Uint32Array;
  /** Last chunk of each bucket, 0 for none; only the last one of a bucket may be partly filled. */
  private readonly tail = new Uint32Array(WHEEL_BUCKETS);
  /** Entries in the last chunk. */
  private readonly fill = new Uint8Array(WHEEL_BUCKETS);
  private freeChunk = 0;
  private unusedChunk = 1;

  constructor(records: number) {
    const chunks = Math.ceil(records / CHUNK_ENTRIES) + WHEEL_BUCKETS + 1;
    this.pool = new Uint32Array(chunks * CHUNK_WORDS);
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
   * @returns the record whose entry now stands there, 0 if none: its position has become `at`.
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
    this.freeChunk = 0;
    this.unusedChunk = 1;
  }

  private newChunk(bucket: number, before: number): number {
    let chunk = this.freeChunk;
    if (chunk === 0) chunk = this.unusedChunk++;
    else this.freeChunk = this.pool[chunk * CHUNK_WORDS]!;
    this.pool[chunk * CHUNK_WORDS] = before;
    this.pool[chunk * CHUNK_WORDS + 1] = bucket;
    this.tail[bucket] = chunk;
    return chunk;
  }

  private dropChunk(bucket: number, chunk: number): void {
    const before = this.pool[chunk * CHUNK_WORDS]!;
    this.tail[bucket] = before;
    this.fill[bucket] = before === 0 ? 0 : CHUNK_ENTRIES;
    this.pool[chunk * CHUNK_WORDS] = this.freeChunk;
    this.freeChunk = chunk;
  }
}
