// Expiry of a chunk of the wheel, in AssemblyScript: `Expiry` is the definition.
import {
  CHUNK_BYTES,
  CHUNK_FIRST_ENTRY_BYTES,
  CONTROL_ACTIVE_BY_PROTOCOL,
  CONTROL_INACTIVE_BY_PROTOCOL,
  CONTROL_JUMP,
  CONTROL_KEPT,
  CONTROL_KEPT_IDS,
  CONTROL_KEPT_TIMES,
  CONTROL_LEAVING,
  CONTROL_REASONS,
  CONTROL_TOUCHED,
  KEY4_BYTES,
  KEY6_BYTES,
  RECORD_FIRST,
  RECORD_HASH,
  RECORD_LAST,
  RECORD_WHEEL,
  STRIDE4_BYTES,
  STRIDE6_BYTES,
  TABLE_FILLS,
  TABLE_INDEX,
  TABLE_INDEX_SHIFT,
  TABLE_POOL,
  TABLE_RECORDS,
  TABLE_TAILS,
} from "../src/netflow/modern/wasm/meter-layout";
import { remove, wheelAdd, wheelRemove } from "./table";

/**
 * Looks at the last `entries` entries of a bucket, all in its last chunk: lists the records that have timed out, and
 * those that stay with the time at which they will. Returns how many have timed out.
 */
export function sweep(c: usize, t: usize, isV4: bool, bucket: u32, entries: u32, now: f64, idle: u32, active: u32): u32 {
  const ids = load<usize>(c, CONTROL_LEAVING);
  const reasons = load<usize>(c, CONTROL_REASONS);
  const keptIds = load<usize>(c, CONTROL_KEPT_IDS);
  const keptTimes = load<usize>(c, CONTROL_KEPT_TIMES);
  const inactives = load<usize>(c, CONTROL_INACTIVE_BY_PROTOCOL);
  const actives = load<usize>(c, CONTROL_ACTIVE_BY_PROTOCOL);
  const jump = load<f64>(c, CONTROL_JUMP);
  const index = load<usize>(t, TABLE_INDEX);
  const shift = load<u32>(t, TABLE_INDEX_SHIFT);
  const stride: u32 = isV4 ? STRIDE4_BYTES : STRIDE6_BYTES;
  const data = load<usize>(t, TABLE_RECORDS) + (isV4 ? KEY4_BYTES : KEY6_BYTES);
  const chunk = load<u32>(load<usize>(t, TABLE_TAILS) + (bucket << 2));
  const fill: u32 = load<u8>(load<usize>(t, TABLE_FILLS) + bucket);
  const last = load<usize>(t, TABLE_POOL) + chunk * CHUNK_BYTES + CHUNK_FIRST_ENTRY_BYTES + ((fill - 1) << 2);
  let sum = load<u32>(c, CONTROL_TOUCHED);
  for (let i: u32 = 0; i < entries; i++) {
    const r = data + load<u32>(last - (i << 2)) * stride;
    sum += load<u32>(index + ((load<u32>(r, RECORD_HASH) >>> shift) << 2));
  }
  store<u32>(c, sum, CONTROL_TOUCHED);
  let ended: u32 = 0;
  let kept: u32 = 0;
  for (let i: u32 = 0; i < entries; i++) {
    const id = load<u32>(last - (i << 2));
    const r = data + id * stride;
    const latest = load<f64>(r, RECORD_LAST);
    const first = load<f64>(r, RECORD_FIRST);
    // The last word of the key has the protocol.
    const protocol: usize = <usize>load<u8>(r - 4) << 3;
    const inactive = load<f64>(inactives + protocol);
    const longest = load<f64>(actives + protocol);
    const isIdle = now - latest > inactive || latest - now > jump;
    if (isIdle || now - first > longest) {
      store<u32>(ids + (ended << 2), id);
      store<u8>(reasons + ended, isIdle ? idle : active);
      ended++;
    } else {
      store<u32>(keptIds + (kept << 2), id);
      store<f64>(keptTimes + (kept << 3), min(latest + inactive, first + longest));
      kept++;
    }
  }
  store<u32>(c, kept, CONTROL_KEPT);
  return ended;
}

/**
 * Removes the records that `sweep` has listed as timed out, and puts those that stay into the bucket in which they are
 * looked at again: `Expiry.#bucketFor`. Times are microseconds; ticks are whole numbers.
 */
export function settle(
  c: usize,
  t: usize,
  isV4: bool,
  ended: u32,
  epoch: f64,
  tick: f64,
  goalTick: f64,
  doneTick: f64,
  buckets: u32,
): void {
  const ids = load<usize>(c, CONTROL_LEAVING);
  const keptIds = load<usize>(c, CONTROL_KEPT_IDS);
  const keptTimes = load<usize>(c, CONTROL_KEPT_TIMES);
  const kept = load<u32>(c, CONTROL_KEPT);
  const stride: u32 = isV4 ? STRIDE4_BYTES : STRIDE6_BYTES;
  const keyBytes: u32 = isV4 ? KEY4_BYTES : KEY6_BYTES;
  const records = load<usize>(t, TABLE_RECORDS);
  const data = records + keyBytes;
  for (let i: u32 = 0; i < ended; i++) {
    const r = records + load<u32>(ids + (i << 2)) * stride;
    if (isV4) remove(t, STRIDE4_BYTES, KEY4_BYTES, r);
    else remove(t, STRIDE6_BYTES, KEY6_BYTES, r);
  }
  for (let i: u32 = 0; i < kept; i++) {
    const id = load<u32>(keptIds + (i << 2));
    const due = Math.floor((load<f64>(keptTimes + (i << 3)) - epoch) / tick) + 1;
    const at = min(max(due, goalTick + 1), doneTick + <f64>buckets);
    const r = data + id * stride;
    const position = load<u32>(r, RECORD_WHEEL);
    const moved = wheelRemove(t, position);
    if (moved != 0) store<u32>(data + moved * stride, position, RECORD_WHEEL);
    store<u32>(r, wheelAdd(t, <u32>(<i64>at) & (buckets - 1), id), RECORD_WHEEL);
  }
}
