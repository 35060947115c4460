// What happens to the flow of a plain packet, in AssemblyScript. TypeScript does all else, and is the definition:
// `touchRecords` and `FlowMeter.updateAny` do the same to any packet.
import {
  CONTROL_ACCOUNTED_BYTES,
  CONTROL_ACCOUNTED_PACKETS,
  CONTROL_ACTIVE,
  CONTROL_ADDRESSES,
  CONTROL_BYTES,
  CONTROL_BYTES_LIMIT,
  CONTROL_ENDED,
  CONTROL_ENDED_MAX,
  CONTROL_FAMILY,
  CONTROL_FIRST_BUCKET,
  CONTROL_HASHES,
  CONTROL_INACTIVE,
  CONTROL_KIND,
  CONTROL_LEAST,
  CONTROL_MAX_FLOWS,
  CONTROL_META,
  CONTROL_NEXT_CHECK,
  CONTROL_PORTS,
  CONTROL_SKIPPED_BYTES,
  CONTROL_SKIPPED_FOR,
  CONTROL_SKIPPED_PACKETS,
  CONTROL_SLOTS,
  CONTROL_TABLE4,
  CONTROL_TABLE6,
  CONTROL_TCP_FLAGS,
  CONTROL_TIMES,
  CONTROL_TOUCHED,
  CONTROL_VLANS,
  CONTROL_WIRE_LENGTHS,
  KEY4_BYTES,
  KEY6_BYTES,
  PACKETS_LIMIT,
  RECORD_BYTES,
  RECORD_FIRST,
  RECORD_LAST,
  RECORD_PACKETS,
  RECORD_TCP_FLAGS,
  RECORD_VLANS,
  STRIDE4_BYTES,
  STRIDE6_BYTES,
  TABLE_INDEX,
  TABLE_INDEX_MASK,
  TABLE_INDEX_SHIFT,
  TABLE_LIVE,
  TABLE_RECORDS,
  TABLE_UNUSED,
} from "../src/netflow/modern/wasm/meter-layout";
import { end, take } from "./table";

const TH_FIN_RST: u32 = 0x05;

@inline
function slot4(hashes: usize, index: usize, shift: u32): u32 {
  return load<u32>(index + ((load<u32>(hashes) >>> shift) << 2));
}

/** The first entry from a hash's home slot on that has its tag, 0 for none: of the flow itself but for one in 256. */
@inline
function tagged(entry: u32, h: u32, index: usize, mask: u32, shift: u32): u32 {
  let slot = h >>> shift;
  while (entry != 0 && ((entry ^ (h << 24)) & 0xff000000) != 0) {
    slot = (slot + 1) & mask;
    entry = load<u32>(index + (slot << 2));
  }
  return entry;
}

@inline
function record4(slots: usize, hashes: usize, index: usize, mask: u32, shift: u32, records: usize): u32 {
  const entry = tagged(load<u32>(slots), load<u32>(hashes), index, mask, shift);
  store<u32>(slots, entry);
  return load<u32>(records + ((entry & 0xffffff) << 6), KEY4_BYTES);
}

/**
 * `touch` for rows of IPv4 alone: four at a time, so that more loads are under way at once. Rows beyond `count` hold
 * old hashes.
 */
@inline
function touch4(table: usize, hashes: usize, slots: usize, count: u32): u32 {
  const index = load<usize>(table, TABLE_INDEX);
  const mask = load<u32>(table, TABLE_INDEX_MASK);
  const shift = load<u32>(table, TABLE_INDEX_SHIFT);
  const records = load<usize>(table, TABLE_RECORDS);
  const end = ((count + 3) << 2) & ~15;
  for (let at: u32 = 0; at < end; at += 16) {
    store<u32>(slots + at, slot4(hashes + at, index, shift));
    store<u32>(slots + at, slot4(hashes + at + 4, index, shift), 4);
    store<u32>(slots + at, slot4(hashes + at + 8, index, shift), 8);
    store<u32>(slots + at, slot4(hashes + at + 12, index, shift), 12);
  }
  let sum: u32 = 0;
  for (let at: u32 = 0; at < end; at += 4) sum += record4(slots + at, hashes + at, index, mask, shift, records);
  return sum;
}

/** Loads what `update` will need: first every index slot, then every record, so that the misses overlap. */
export function touch(c: usize, count: u32): void {
  const kinds = load<usize>(c, CONTROL_KIND);
  const hashes = load<usize>(c, CONTROL_HASHES);
  const slots = load<usize>(c, CONTROL_SLOTS);
  const table4 = load<usize>(c, CONTROL_TABLE4);
  let others: u32 = 0;
  for (let k: u32 = 0; k < count; k++) others |= load<u8>(kinds + k) ^ 4;
  if (others == 0) {
    store<u32>(c, touch4(table4, hashes, slots, count), CONTROL_TOUCHED);
    return;
  }
  const table6 = load<usize>(c, CONTROL_TABLE6);
  const index4 = load<usize>(table4, TABLE_INDEX);
  const mask4 = load<u32>(table4, TABLE_INDEX_MASK);
  const shift4 = load<u32>(table4, TABLE_INDEX_SHIFT);
  const records4 = load<usize>(table4, TABLE_RECORDS);
  const index6 = load<usize>(table6, TABLE_INDEX);
  const mask6 = load<u32>(table6, TABLE_INDEX_MASK);
  const shift6 = load<u32>(table6, TABLE_INDEX_SHIFT);
  const records6 = load<usize>(table6, TABLE_RECORDS);
  for (let k: u32 = 0; k < count; k++) {
    const h = load<u32>(hashes + (k << 2));
    const entry =
      load<i8>(kinds + k) == 6 ? load<u32>(index6 + ((h >>> shift6) << 2)) : load<u32>(index4 + ((h >>> shift4) << 2));
    store<u32>(slots + (k << 2), entry);
  }
  let sum: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const at = k << 2;
    const h = load<u32>(hashes + at);
    let entry = load<u32>(slots + at);
    if (load<i8>(kinds + k) == 6) {
      entry = tagged(entry, h, index6, mask6, shift6);
      sum += load<u32>(records6 + (entry & 0xffffff) * STRIDE6_BYTES, KEY6_BYTES);
    } else {
      entry = tagged(entry, h, index4, mask4, shift4);
      sum += load<u32>(records4 + ((entry & 0xffffff) << 6), KEY4_BYTES);
    }
    store<u32>(slots + at, entry);
  }
  store<u32>(c, sum, CONTROL_TOUCHED);
}

/**
 * The record of a flow, 0 if there is none. `touched` is the entry that `touch` found: its record need not be the
 * flow's, nor live, as records end and begin since.
 */
@inline
function find4(t: usize, index: usize, records: usize, touched: u32, h: u32, key: u64, ports: u32, meta: u32, vlans: u32): usize {
  const id = touched & 0xffffff;
  const likely = records + (id << 6);
  if (
    load<u64>(likely) == key &&
    load<u32>(likely, 8) == ports &&
    load<u32>(likely, 12) == meta &&
    load<u32>(likely, KEY4_BYTES + RECORD_VLANS) == vlans &&
    load<u32>(likely, KEY4_BYTES + RECORD_PACKETS) != 0 &&
    id < load<u32>(t, TABLE_UNUSED)
  ) {
    return likely;
  }
  const mask = load<u32>(t, TABLE_INDEX_MASK);
  let slot = h >>> load<u32>(t, TABLE_INDEX_SHIFT);
  while (true) {
    const entry = load<u32>(index + (slot << 2));
    if (entry == 0) return 0;
    if (((entry ^ (h << 24)) & 0xff000000) == 0) {
      const r = records + ((entry & 0xffffff) << 6);
      if (
        load<u64>(r) == key &&
        load<u32>(r, 8) == ports &&
        load<u32>(r, 12) == meta &&
        load<u32>(r, KEY4_BYTES + RECORD_VLANS) == vlans
      ) {
        return r;
      }
    }
    slot = (slot + 1) & mask;
  }
}

@inline
function find6(t: usize, h: u32, row: usize, ports: u32, meta: u32, vlans: u32): usize {
  const index = load<usize>(t, TABLE_INDEX);
  const mask = load<u32>(t, TABLE_INDEX_MASK);
  const records = load<usize>(t, TABLE_RECORDS);
  let slot = h >>> load<u32>(t, TABLE_INDEX_SHIFT);
  while (true) {
    const entry = load<u32>(index + (slot << 2));
    if (entry == 0) return 0;
    if (((entry ^ (h << 24)) & 0xff000000) == 0) {
      const r = records + (entry & 0xffffff) * STRIDE6_BYTES;
      if (
        load<u64>(r) == load<u64>(row) &&
        load<u64>(r, 8) == load<u64>(row, 8) &&
        load<u64>(r, 16) == load<u64>(row, 16) &&
        load<u64>(r, 24) == load<u64>(row, 24) &&
        load<u32>(r, 32) == ports &&
        load<u32>(r, 36) == meta &&
        load<u32>(r, KEY6_BYTES + RECORD_VLANS) == vlans
      ) {
        return r;
      }
    }
    slot = (slot + 1) & mask;
  }
}

@inline
function add(counts: usize, value: f64): void {
  store<f64>(counts, load<f64>(counts) + value);
}

/** `PacketCounts.skip` of a packet that was on the wire by itself. */
function skip(c: usize, k: u32, reason: u32): void {
  add(load<usize>(c, CONTROL_SKIPPED_FOR) + (reason << 3), 1);
  const family: u32 = load<u8>(load<usize>(c, CONTROL_FAMILY) + k);
  if (family == 0) return;
  const row: usize = family == 4 ? 0 : 8;
  add(load<usize>(c, CONTROL_SKIPPED_PACKETS) + row, 1);
  add(load<usize>(c, CONTROL_SKIPPED_BYTES) + row, load<u32>(load<usize>(c, CONTROL_WIRE_LENGTHS) + (k << 2)));
}

/**
 * Accounts or skips packets from row `k` on as long as they are plain: of a flow that has not timed out or is new, and
 * no tick of the wheel is due. Flows that end by FIN or RST are listed. Returns the first row that is not.
 */
export function update(c: usize, k: u32, count: u32): u32 {
  const kinds = load<usize>(c, CONTROL_KIND);
  const addresses = load<usize>(c, CONTROL_ADDRESSES);
  const ports = load<usize>(c, CONTROL_PORTS);
  const metas = load<usize>(c, CONTROL_META);
  const vlans = load<usize>(c, CONTROL_VLANS);
  const sizes = load<usize>(c, CONTROL_BYTES);
  const tcpFlags = load<usize>(c, CONTROL_TCP_FLAGS);
  const hashes = load<usize>(c, CONTROL_HASHES);
  const slots = load<usize>(c, CONTROL_SLOTS);
  const times = load<usize>(c, CONTROL_TIMES);
  const table4 = load<usize>(c, CONTROL_TABLE4);
  const table6 = load<usize>(c, CONTROL_TABLE6);
  const nextCheck = load<f64>(c, CONTROL_NEXT_CHECK);
  const least = load<f64>(c, CONTROL_LEAST);
  const inactive = load<f64>(c, CONTROL_INACTIVE);
  const active = load<f64>(c, CONTROL_ACTIVE);
  const bytesLimit = load<f64>(c, CONTROL_BYTES_LIMIT);
  const bucket = load<u32>(c, CONTROL_FIRST_BUCKET);
  const maxFlows = load<u32>(c, CONTROL_MAX_FLOWS);
  const endedMax = load<u32>(c, CONTROL_ENDED_MAX);
  const index4 = load<usize>(table4, TABLE_INDEX);
  const records4 = load<usize>(table4, TABLE_RECORDS);
  let packets4: u32 = 0;
  let bytes4: u64 = 0;
  let packets6: u32 = 0;
  let bytes6: u64 = 0;
  for (; k < count; k++) {
    const time = load<f64>(times + (k << 3));
    const flags: u32 = load<u8>(tcpFlags + k);
    const kind = load<i8>(kinds + k);
    if (time >= nextCheck || time < least) break;
    if (kind < 0) {
      // Records that leave may bring the count of skipped packets with them.
      if (load<u32>(c, CONTROL_ENDED) != 0) break;
      skip(c, k, -1 - kind);
      continue;
    }
    const ends = (flags & TH_FIN_RST) != 0;
    if (ends && load<u32>(c, CONTROL_ENDED) == endedMax) break;
    const h = load<u32>(hashes + (k << 2));
    const row = addresses + (k << 5);
    const port = load<u32>(ports + (k << 2));
    const meta = load<u32>(metas + (k << 2));
    const vlan = load<u32>(vlans + (k << 2));
    const size = load<u32>(sizes + (k << 2));
    const isV4 = kind == 4;
    let r = isV4
      ? find4(table4, index4, records4, load<u32>(slots + (k << 2)), h, load<u64>(row), port, meta, vlan)
      : find6(table6, h, row, port, meta, vlan);
    if (r == 0) {
      const live4 = load<u32>(table4, TABLE_LIVE);
      const live6 = load<u32>(table6, TABLE_LIVE);
      // At half full the index may have to grow.
      if (live4 + live6 >= maxFlows || (isV4 ? live4 << 1 > load<u32>(table4, TABLE_INDEX_MASK) : live6 << 1 > load<u32>(table6, TABLE_INDEX_MASK))) break;
      if (isV4) {
        r = records4 + (take(table4, STRIDE4_BYTES, KEY4_BYTES, h, bucket) << 6);
        store<u64>(r, load<u64>(row));
        store<u32>(r, port, 8);
        store<u32>(r, meta, 12);
        r += KEY4_BYTES;
      } else {
        r = load<usize>(table6, TABLE_RECORDS) + take(table6, STRIDE6_BYTES, KEY6_BYTES, h, bucket) * STRIDE6_BYTES;
        for (let w: usize = 0; w < 32; w += 8) store<u64>(r + w, load<u64>(row + w));
        store<u32>(r, port, 32);
        store<u32>(r, meta, 36);
        r += KEY6_BYTES;
      }
      store<u32>(r, 1, RECORD_PACKETS);
      store<u32>(r, flags, RECORD_TCP_FLAGS);
      store<f64>(r, size, RECORD_BYTES);
      store<f64>(r, time, RECORD_FIRST);
      store<f64>(r, time, RECORD_LAST);
      store<u32>(r, vlan, RECORD_VLANS);
    } else {
      r += isV4 ? KEY4_BYTES : KEY6_BYTES;
      const packets = load<u32>(r, RECORD_PACKETS) + 1;
      const sum = load<f64>(r, RECORD_BYTES) + <f64>size;
      const first = load<f64>(r, RECORD_FIRST);
      const last = load<f64>(r, RECORD_LAST);
      if (time - last > inactive || first - time > inactive || time - first > active) break;
      if (packets >= <u32>PACKETS_LIMIT || sum >= bytesLimit) break;
      store<u32>(r, packets, RECORD_PACKETS);
      store<u32>(r, load<u32>(r, RECORD_TCP_FLAGS) | flags, RECORD_TCP_FLAGS);
      store<f64>(r, sum, RECORD_BYTES);
      if (time > last) store<f64>(r, time, RECORD_LAST);
      else if (time < first) store<f64>(r, time, RECORD_FIRST);
    }
    if (ends) end(c, isV4 ? table4 : table6, isV4, r - (isV4 ? KEY4_BYTES : KEY6_BYTES));
    if (isV4) {
      packets4++;
      bytes4 += size;
    } else {
      packets6++;
      bytes6 += size;
    }
  }
  const packets = load<usize>(c, CONTROL_ACCOUNTED_PACKETS);
  const bytes = load<usize>(c, CONTROL_ACCOUNTED_BYTES);
  store<f64>(packets, load<f64>(packets) + <f64>packets4);
  store<f64>(packets, load<f64>(packets, 8) + <f64>packets6, 8);
  store<f64>(bytes, load<f64>(bytes) + <f64>bytes4);
  store<f64>(bytes, load<f64>(bytes, 8) + <f64>bytes6, 8);
  return k;
}
