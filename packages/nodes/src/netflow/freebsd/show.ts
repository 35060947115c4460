import { setU16le, setU32be, setU32le, setU64le } from "@ngflow/base";
import { BUCKETS, type FlowTable } from "./flow-table.ts";

/** The reply is always as large as a full one on amd64 (reference: ng_netflow.md §10). */
const REPLY_BYTES = 72_016;
const HEADER_BYTES = 16;
const LAYOUT = {
  4: { entryBytes: 72, entriesMax: 1000, recordType: 1, ports: 16, hop: 24, out: 28, counters: 32 },
  6: { entryBytes: 112, entriesMax: 642, recordType: 4, ports: 40, hop: 48, out: 64, counters: 72 },
} as const;

/** A binary `show` reply: host order for integers, network order for addresses and L4 ports. */
export interface ShowReply {
  readonly data: Uint8Array;
  readonly entries: number;
}

function writeEntry(b: Uint8Array, o: number, table: FlowTable, entry: number): void {
  const layout = LAYOUT[table.family];
  const words = table.addressBytes / 2;
  const key = entry * table.keyWords;
  const facts = table.keys[key + words + 1]!;
  setU16le(b, o, table.family);
  setU16le(b, o + 4, layout.recordType);
  setU16le(b, o + 6, table.keys[key + words + 2]!);
  for (let i = 0; i < words; i++) setU32be(b, o + 8 + 4 * i, table.keys[key + i]!);
  setU32be(b, o + layout.ports, table.keys[key + words]!);
  b[o + layout.ports + 4] = facts >>> 24;
  b[o + layout.ports + 5] = facts >>> 16;
  setU16le(b, o + layout.ports + 6, facts & 0xffff);
  const hop = entry * table.addressBytes;
  b.set(table.nextHop.subarray(hop, hop + table.addressBytes), o + layout.hop);
  setU16le(b, o + layout.out, table.outIndex[entry]!);
  b[o + layout.out + 2] = table.destinationMask[entry]!;
  b[o + layout.out + 3] = table.sourceMask[entry]!;
  setU64le(b, o + layout.counters, table.packets[entry]!);
  setU64le(b, o + layout.counters + 8, table.bytes[entry]!);
  setU64le(b, o + layout.counters + 16, table.first[entry]!);
  setU64le(b, o + layout.counters + 24, table.last[entry]!);
  b[o + layout.counters + 32] = table.tcpFlags[entry]!;
}

/**
 * Lists flows from `bucket` and 1-based `position` on. A position beyond a bucket's end is carried into the next
 * buckets, so a snapshot can miss flows: the kernel's own behaviour.
 */
export function showFlows(table: FlowTable, bucket: number, position: number): ShowReply {
  const { entryBytes, entriesMax } = LAYOUT[table.family];
  const data = new Uint8Array(REPLY_BYTES);
  let entries = 0;
  let wanted = position;
  let nextBucket = 0;
  let nextPosition = 0;
  search: for (let i = bucket; i < BUCKETS; i++) {
    let at = 0;
    for (let entry = table.head[i]!; entry !== -1; entry = table.next[entry]!) {
      at++;
      if (wanted > 0) {
        if (at < wanted) continue;
        wanted = 0;
      }
      writeEntry(data, HEADER_BYTES + entries * entryBytes, table, entry);
      entries++;
      if (entries === entriesMax) {
        nextBucket = i;
        nextPosition = at + 1;
        break search;
      }
    }
  }
  data[0] = table.family;
  setU32le(data, 4, nextBucket);
  setU32le(data, 8, nextPosition);
  setU32le(data, 12, entries);
  return { data, entries };
}
