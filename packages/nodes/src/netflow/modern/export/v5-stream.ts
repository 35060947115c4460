import { V5, V5_MAX_RECORDS, writeFixedHeader } from "@ngflow/wire/encode";
import { DatagramQueue } from "./datagram-queue.ts";
import type { ExportStream, StreamSettings } from "./export-stream.ts";
import { BYTES, FIRST, type FlowTable, LAST, PACKETS, TCP_FLAGS } from "../cache/flow-table.ts";
import type { LeavingRecords } from "../expiry/leaving-records.ts";
import type { ObservationTable } from "../cache/observation-table.ts";

const HEADER_BYTES = V5.headerLength;
const RECORD_BYTES = V5.records[0].minLength;
const MAX_COUNTER = 0xffff_ffff;

/** In the place of AS numbers of more than 16 bits (RFC 6793, section 4.2.2: AS_TRANS). */
const AS_TRANS = 23456;

function asNumber16(rows: Uint8Array, at: number): number {
  return (rows[at]! | rows[at + 1]!) === 0 ? (rows[at + 2]! << 8) | rows[at + 3]! : AS_TRANS;
}

/** NetFlow v5: IPv4 only, 30 records to a datagram whatever the mtu, 32-bit counters. */
export class V5Stream implements ExportStream {
  readonly version = 5;
  readonly queue = new DatagramQueue(HEADER_BYTES + V5_MAX_RECORDS * RECORD_BYTES);
  records = 0;
  openedUs = Number.POSITIVE_INFINITY;
  private count = 0;
  private readonly settings: StreamSettings;
  private readonly observations: ObservationTable;

  constructor(settings: StreamSettings, observations: ObservationTable) {
    this.settings = settings;
    this.observations = observations;
  }

  addMany(table: FlowTable, leaving: LeavingRecords, nowUs: number): void {
    for (let i = 0; i < leaving.count; i++) this.add(table, table.at(leaving.ids[i]!), leaving.reasons[i]!, nowUs);
  }

  add(table: FlowTable, r: number, _endReason: number, nowUs: number): void {
    if (table.keyWords !== 4) return;
    if (this.count === 0) this.openedUs = nowUs;
    const { observations } = this;
    const { bootMs } = this.settings;
    const { words, doubles } = table;
    const { view } = this.queue;
    const at = this.queue.start + HEADER_BYTES + this.count * RECORD_BYTES;
    const meta = words[r + 3]!;
    const context = meta >>> 16;
    const data = r + 4;
    view.setInt32(at, words[r]!, true);
    view.setInt32(at + 4, words[r + 1]!, true);
    view.setInt32(at + 8, 0);
    view.setInt32(at + 44, 0);
    view.setUint16(at + 12, observations.inputIf[context]!);
    let outputIf = observations.outputIf[context]!;
    view.setInt32(at + 16, words[data + PACKETS]!);
    view.setUint32(at + 20, Math.min(doubles[(data + BYTES) >> 1]!, MAX_COUNTER));
    view.setUint32(at + 24, Math.max(0, Math.floor(doubles[(data + FIRST) >> 1]! / 1000) - bootMs));
    view.setUint32(at + 28, Math.max(0, Math.floor(doubles[(data + LAST) >> 1]! / 1000) - bootMs));
    view.setInt32(at + 32, words[r + 2]!, true);
    view.setUint16(at + 36, words[data + TCP_FLAGS]! & 0xff);
    view.setUint16(at + 38, ((meta & 0xff) << 8) | ((meta >>> 8) & 0xff));
    view.setInt32(at + 40, 0);
    const { extra } = table;
    if (extra !== null) {
      const id = table.idOf(r);
      if (outputIf === 0) outputIf = extra.outputIf(id);
      if (extra.routeBytes > 0) {
        const hop = extra.routeAt(id);
        for (let i = 0; i < 4; i++) view.setUint8(at + 8 + i, extra.rows[hop + i]!);
        view.setUint8(at + 44, extra.rows[hop + 5]!);
        view.setUint8(at + 45, extra.rows[hop + 4]!);
      }
      if (extra.asBytes > 0) {
        view.setUint16(at + 40, asNumber16(extra.rows, extra.asAt(id)));
        view.setUint16(at + 42, asNumber16(extra.rows, extra.asAt(id) + 4));
      }
    }
    view.setUint16(at + 14, outputIf);
    this.count++;
    if (this.count === V5_MAX_RECORDS) this.finish(nowUs);
  }

  resize(): void {
    // Its datagrams do not depend on the mtu.
  }

  announce(): void {
    // It has no templates; the sampling field of the header is always there.
  }

  addPair(): boolean {
    return false;
  }

  finish(nowUs: number): void {
    const { count } = this;
    if (count === 0) return;
    const seconds = Math.floor(nowUs / 1e6);
    writeFixedHeader(
      this.queue.view,
      this.queue.start,
      V5,
      count,
      Math.floor(nowUs / 1000) - this.settings.bootMs,
      seconds,
      (nowUs - seconds * 1e6) * 1000,
      this.records,
      this.settings.observationDomainId & 0xff,
      this.sampling(),
    );
    this.records += count;
    this.count = 0;
    this.openedUs = Number.POSITIVE_INFINITY;
    this.queue.push(HEADER_BYTES + count * RECORD_BYTES, nowUs);
  }

  /** Mode in the upper two bits (1 deterministic, 2 random), interval in the others. */
  private sampling(): number {
    const { mode, interval } = this.settings.options.sampling;
    return mode === 0 ? 0 : (mode << 14) | Math.min(interval, 0x3fff);
  }
}
