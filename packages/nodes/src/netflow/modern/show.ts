import { setU16le, setU32le, setU64le, u32le } from "@ngflow/base";
import { BiflowView } from "./cache/biflow-view.ts";
import { BYTES, FIRST, type FlowTable, LAST, PACKETS, TCP_FLAGS } from "./cache/flow-table.ts";
import type { ObservationTable } from "./cache/observation-table.ts";

/** Layout of FreeBSD's reply on amd64, so that one reader serves both profiles (reference: ng_netflow.md §10). */
const REPLY_BYTES = 72_016;
const HEADER_BYTES = 16;
const LAYOUT = {
  4: { entryBytes: 72, entriesMax: 1000, recordType: 1, ports: 16, hop: 24, out: 28, counters: 32 },
  6: { entryBytes: 112, entriesMax: 642, recordType: 4, ports: 40, hop: 48, out: 64, counters: 72 },
} as const;
/**
 * A listing starts at bucket 0. Here bucket n + 1 is a stretch of so many record numbers, and the position is within
 * it.
 */
const BUCKET_RECORDS = 1024;

/**
 * Answers a request for the flows of a family from a bucket and position on.
 * @returns undefined when the request is not one
 */
export function showFlows(
  request: Uint8Array,
  table4: FlowTable,
  table6: FlowTable,
  observations: ObservationTable,
  bootMs: number,
): Uint8Array | undefined {
  const version = request[0];
  if (request.length !== HEADER_BYTES || (version !== 4 && version !== 6)) return undefined;
  const bucket = u32le(request, 4);
  if (bucket > 0xffff) return undefined;
  const table = version === 4 ? table4 : table6;
  const { entryBytes, entriesMax } = LAYOUT[version];
  const reply = new Uint8Array(REPLY_BYTES);
  let entries = 0;
  const view = table.reverse === null ? null : new BiflowView(table.keyWords);
  const write = (from: FlowTable, record: number): void => {
    writeEntry(reply, HEADER_BYTES + entries * entryBytes, from, record, version, observations, bootMs);
    entries++;
  };
  let id = Math.max(1, bucket === 0 ? 1 : (bucket - 1) * BUCKET_RECORDS + u32le(request, 8));
  // A flow of two directions makes two entries.
  for (; id < table.end && entries < entriesMax - 1; id++) {
    if (!table.isLive(id)) continue;
    if (view === null) write(table, id);
    else {
      const pair = view.fill(table, id);
      write(view.table, 1);
      if (pair) write(view.table, 2);
    }
  }
  reply[0] = version;
  setU32le(reply, 12, entries);
  // FreeBSD's reply has room for one entry more than it may have: the end of it says what uptimes begin with.
  setU64le(reply, REPLY_BYTES - 8, bootMs);
  if (id < table.end) {
    // Bucket 0 would say that the listing is complete.
    setU32le(reply, 4, 1 + Math.floor(id / BUCKET_RECORDS));
    setU32le(reply, 8, id % BUCKET_RECORDS);
  }
  return reply;
}

function writeEntry(
  b: Uint8Array,
  o: number,
  table: FlowTable,
  id: number,
  version: 4 | 6,
  observations: ObservationTable,
  bootMs: number,
): void {
  const layout = LAYOUT[version];
  const { words, doubles, extra } = table;
  const r = table.at(id);
  const addressWords = table.keyWords - 2;
  const meta = words[r + addressWords + 1]!;
  const data = r + table.keyWords;
  const context = meta >>> 16;
  setU16le(b, o, version);
  // FreeBSD's struct has gaps here: the outer and the inner VLAN of the key.
  setU16le(b, o + 2, table.vlans(r) & 0xfff);
  setU16le(b, o + 4, layout.recordType);
  setU16le(b, o + 6, table.vlans(r) >>> 12);
  for (let w = 0; w < addressWords; w++) setU32le(b, o + 8 + 4 * w, words[r + w]! >>> 0);
  setU32le(b, o + layout.ports, words[r + addressWords]! >>> 0);
  b[o + layout.ports + 4] = meta;
  b[o + layout.ports + 5] = meta >>> 8;
  setU16le(b, o + layout.ports + 6, observations.inputIf[context]!);
  setU16le(b, o + layout.out, observations.outputIf[context]! || (extra?.outputIf(id) ?? 0));
  if (extra !== null && extra.routeBytes > 0) {
    const size = extra.routeBytes - 2;
    const at = extra.routeAt(id);
    b.set(extra.rows.subarray(at, at + size), o + layout.hop);
    b[o + layout.out + 2] = extra.rows[at + size]!;
    b[o + layout.out + 3] = extra.rows[at + size + 1]!;
  }
  setU64le(b, o + layout.counters, words[data + PACKETS]! >>> 0);
  setU64le(b, o + layout.counters + 8, doubles[(data + BYTES) >> 1]!);
  const uptime = (at: number): number => Math.max(0, Math.floor((doubles[(data + at) >> 1]! / 1000 - bootMs) / 1000));
  setU64le(b, o + layout.counters + 16, uptime(FIRST));
  setU64le(b, o + layout.counters + 24, uptime(LAST));
  b[o + layout.counters + 32] = words[data + TCP_FLAGS]!;
}
