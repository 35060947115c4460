// Records of a flow table, its index and its wheel, in AssemblyScript: `FlowTable` and `ExpiryWheel`.
import {
  CHUNK_BYTES,
  CHUNK_ENTRIES,
  CHUNK_FIRST_ENTRY_BYTES,
  CONTROL_ENDED,
  CONTROL_ENDED4,
  CONTROL_ENDED6,
  CONTROL_ENDED_FAMILIES,
  KEY4_BYTES,
  KEY6_BYTES,
  RECORD_HASH,
  RECORD_PACKETS,
  RECORD_WHEEL,
  STRIDE4_BYTES,
  STRIDE6_BYTES,
  TABLE_FILLS,
  TABLE_FREE,
  TABLE_FREE_CHUNK,
  TABLE_INDEX,
  TABLE_INDEX_MASK,
  TABLE_INDEX_SHIFT,
  TABLE_LIVE,
  TABLE_POOL,
  TABLE_RECORDS,
  TABLE_TAILS,
  TABLE_UNUSED,
  TABLE_UNUSED_CHUNK,
} from "../src/netflow/modern/wasm/meter-layout";

/**
 * A record for a new flow: out of the free list or unused memory, in the index and in the wheel. Returns its number.
 */
@inline
export function take(t: usize, stride: u32, keyBytes: u32, h: u32, bucket: u32): u32 {
  const records = load<usize>(t, TABLE_RECORDS);
  let id = load<u32>(t, TABLE_FREE);
  if (id == 0) {
    id = load<u32>(t, TABLE_UNUSED);
    store<u32>(t, id + 1, TABLE_UNUSED);
  } else store<u32>(t, load<u32>(records + id * stride), TABLE_FREE);
  store<u32>(t, load<u32>(t, TABLE_LIVE) + 1, TABLE_LIVE);
  const index = load<usize>(t, TABLE_INDEX);
  const mask = load<u32>(t, TABLE_INDEX_MASK);
  let slot = h >>> load<u32>(t, TABLE_INDEX_SHIFT);
  while (load<u32>(index + (slot << 2)) != 0) slot = (slot + 1) & mask;
  store<u32>(index + (slot << 2), id | (h << 24));
  const data = records + id * stride + keyBytes;
  store<u32>(data, h, RECORD_HASH);
  store<u32>(data, wheelAdd(t, bucket, id), RECORD_WHEEL);
  return id;
}

/** `ExpiryWheel.add`. */
@inline
export function wheelAdd(t: usize, bucket: u32, id: u32): u32 {
  const pool = load<usize>(t, TABLE_POOL);
  const tail = load<usize>(t, TABLE_TAILS) + (bucket << 2);
  const fills = load<usize>(t, TABLE_FILLS) + bucket;
  let chunk = load<u32>(tail);
  let fill: u32 = load<u8>(fills);
  if (chunk == 0 || fill == CHUNK_ENTRIES) {
    const before = chunk;
    chunk = load<u32>(t, TABLE_FREE_CHUNK);
    if (chunk == 0) {
      chunk = load<u32>(t, TABLE_UNUSED_CHUNK);
      store<u32>(t, chunk + 1, TABLE_UNUSED_CHUNK);
    } else store<u32>(t, load<u32>(pool + chunk * CHUNK_BYTES), TABLE_FREE_CHUNK);
    store<u32>(pool + chunk * CHUNK_BYTES, before);
    store<u32>(pool + chunk * CHUNK_BYTES, bucket, 4);
    store<u32>(tail, chunk);
    fill = 0;
  }
  const at = chunk * (CHUNK_BYTES >>> 2) + (CHUNK_FIRST_ENTRY_BYTES >>> 2) + fill;
  store<u32>(pool + (at << 2), id);
  store<u8>(fills, fill + 1);
  return at;
}

/** `ExpiryWheel.remove`. */
@inline
export function wheelRemove(t: usize, at: u32): u32 {
  const pool = load<usize>(t, TABLE_POOL);
  const bucket = load<u32>(pool + ((at & ~((CHUNK_BYTES >>> 2) - 1)) << 2), 4);
  const tail = load<usize>(t, TABLE_TAILS) + (bucket << 2);
  const fills = load<usize>(t, TABLE_FILLS) + bucket;
  const chunk = load<u32>(tail);
  const fill: u32 = load<u8>(fills) - 1;
  const lastAt = chunk * (CHUNK_BYTES >>> 2) + (CHUNK_FIRST_ENTRY_BYTES >>> 2) + fill;
  const moved = load<u32>(pool + (lastAt << 2));
  store<u32>(pool + (at << 2), moved);
  store<u8>(fills, fill);
  if (fill == 0) {
    const before = load<u32>(pool + chunk * CHUNK_BYTES);
    store<u32>(tail, before);
    store<u8>(fills, before == 0 ? 0 : CHUNK_ENTRIES);
    store<u32>(pool + chunk * CHUNK_BYTES, load<u32>(t, TABLE_FREE_CHUNK));
    store<u32>(t, chunk, TABLE_FREE_CHUNK);
  }
  return lastAt == at ? 0 : moved;
}

/** `FlowTable.remove` of the record at `r`. */
@inline
export function remove(t: usize, stride: u32, keyBytes: u32, r: usize): void {
  const records = load<usize>(t, TABLE_RECORDS);
  const id = <u32>(r - records) / stride;
  const index = load<usize>(t, TABLE_INDEX);
  const mask = load<u32>(t, TABLE_INDEX_MASK);
  const shift = load<u32>(t, TABLE_INDEX_SHIFT);
  const h = load<u32>(r + keyBytes, RECORD_HASH);
  const entry = id | (h << 24);
  let hole = h >>> shift;
  while (load<u32>(index + (hole << 2)) != entry) hole = (hole + 1) & mask;
  let slot = hole;
  while (true) {
    slot = (slot + 1) & mask;
    const other = load<u32>(index + (slot << 2));
    if (other == 0) break;
    const home = load<u32>(records + (other & 0xffffff) * stride + keyBytes, RECORD_HASH) >>> shift;
    if (((slot - home) & mask) >= ((slot - hole) & mask)) {
      store<u32>(index + (hole << 2), other);
      hole = slot;
    }
  }
  store<u32>(index + (hole << 2), 0);
  const position = load<u32>(r + keyBytes, RECORD_WHEEL);
  const moved = wheelRemove(t, position);
  if (moved != 0) store<u32>(records + moved * stride + keyBytes, position, RECORD_WHEEL);
  store<u32>(r + keyBytes, 0, RECORD_PACKETS);
  store<u32>(r, load<u32>(t, TABLE_FREE));
  store<u32>(t, id, TABLE_FREE);
  store<u32>(t, load<u32>(t, TABLE_LIVE) - 1, TABLE_LIVE);
}

/** The flow whose record is at `r` has ended: it leaves the table, and a copy waits to be exported. */
export function end(c: usize, t: usize, isV4: bool, r: usize): void {
  const n = load<u32>(c, CONTROL_ENDED);
  store<u32>(c, n + 1, CONTROL_ENDED);
  store<u8>(load<usize>(c, CONTROL_ENDED_FAMILIES) + n, isV4 ? 0 : 1);
  if (isV4) {
    memory.copy(load<usize>(c, CONTROL_ENDED4) + (n + 1) * STRIDE4_BYTES, r, STRIDE4_BYTES);
    remove(t, STRIDE4_BYTES, KEY4_BYTES, r);
  } else {
    memory.copy(load<usize>(c, CONTROL_ENDED6) + (n + 1) * STRIDE6_BYTES, r, STRIDE6_BYTES);
    remove(t, STRIDE6_BYTES, KEY6_BYTES, r);
  }
}
