import { parseIp, u16be, u16le, u32le } from "@ngflow/base";
import { FlowBatch } from "@ngflow/flows";
import type { CachedFlows } from "../control/cached-flows.ts";

/** Layout of the entries of a reply to `show` (reference: ng_netflow.md §10). */
const HEADER_BYTES = 16;
const LAYOUT = {
  4: { bytes: 72, address: 4, ports: 16, output: 28, counters: 32 },
  6: { bytes: 112, address: 16, ports: 40, output: 64, counters: 72 },
} as const;
const ADDRESSES_AT = 8;

/** Reads replies one after the other. A flow is known by its key and the second of its start. */
export function liveEntries(all: readonly CachedFlows[]): Map<string, LiveEntry> {
  const found = new Map<string, LiveEntry>();
  for (const { bootMs, replies } of all) {
    for (const text of replies) {
      const data = Buffer.from(text, "base64");
      const family = data[0] === 6 ? 6 : 4;
      const { bytes, ports, counters } = LAYOUT[family];
      const count = Math.min(u32le(data, 12), Math.floor((data.length - HEADER_BYTES) / bytes));
      for (let i = 0; i < count; i++) {
        const at = HEADER_BYTES + i * bytes;
        // Version to type of service with the interface, and when the first packet came.
        const key =
          data.toString("latin1", at, at + ports + 8) + data.toString("latin1", at + counters + 16, at + counters + 24);
        found.set(key, { data, at, family, bootMs });
      }
    }
  }
  return found;
}

/** A flow of a cache. */
export interface LiveEntry {
  readonly data: Uint8Array;
  readonly at: number;
  readonly family: 4 | 6;
  readonly bootMs: number;
}

/** The flows as rows, as they will be exported: without what a reply does not have. */
export function liveBatch(entries: Iterable<LiveEntry>, count: number, exporter: string): FlowBatch {
  const batch = new FlowBatch(Math.max(1, count));
  const { columns } = batch;
  const address = parseIp(exporter);
  for (const entry of entries) {
    const { data, at, family, bootMs } = entry;
    const layout = LAYOUT[family];
    const row = batch.rows++;
    const wide = (column: Uint32Array, value: number): void => {
      column[2 * row] = value >>> 0;
      column[2 * row + 1] = Math.floor(value / 2 ** 32);
    };
    const u64 = (o: number): number => u32le(data, o) + u32le(data, o + 4) * 2 ** 32;
    ip(columns.SrcAddr, row, data, at + ADDRESSES_AT, family);
    ip(columns.DstAddr, row, data, at + ADDRESSES_AT + layout.address, family);
    if (address !== undefined) columns.ExporterAddr.set(address, 16 * row);
    columns.IpVersion[row] = family;
    columns.SrcPort[row] = u16be(data, at + layout.ports);
    columns.DstPort[row] = u16be(data, at + layout.ports + 2);
    columns.Proto[row] = data[at + layout.ports + 4]!;
    columns.Tos[row] = data[at + layout.ports + 5]!;
    columns.InIf[row] = u16le(data, at + layout.ports + 6);
    columns.OutIf[row] = u16le(data, at + layout.output);
    columns.TcpFlags[row] = data[at + layout.counters + 32]!;
    columns.SamplingRate[row] = 1;
    wide(columns.Packets, u64(at + layout.counters));
    wide(columns.Bytes, u64(at + layout.counters + 8));
    wide(columns.TimeStart, bootMs + 1000 * u64(at + layout.counters + 16));
    wide(columns.TimeEnd, bootMs + 1000 * u64(at + layout.counters + 24));
  }
  return batch;
}

/** IPv4 addresses are ::ffff:a.b.c.d. */
function ip(column: Uint8Array, row: number, data: Uint8Array, at: number, family: 4 | 6): void {
  const o = 16 * row;
  if (family === 6) return column.set(data.subarray(at, at + 16), o);
  column[o + 10] = 0xff;
  column[o + 11] = 0xff;
  column.set(data.subarray(at, at + 4), o + 12);
}
