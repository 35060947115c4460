import { type FixedLayout, V5_MAX_RECORDS, writeFixedHeader } from "@ngflow/wire/encode";
import type { FlowSource } from "./flow-source.ts";
import { RecordWriter } from "./record-writer.ts";
import { type DatagramMemory, newSums, type Stream, type StreamSettings } from "./stream.ts";
import { AT, newValues } from "./values.ts";

/** Most records of a datagram, by version: what Cisco's devices send and nfcapd takes. */
const RECORDS_MOST = { 1: 24, 5: V5_MAX_RECORDS, 7: 27 } as const;
/** Sampling mode of the v5 header: one packet in every N. */
const DETERMINISTIC = 1;

/** Datagrams of NetFlow v1, v5 or v7. */
export class FixedStream implements Stream {
  readonly sums = newSums();
  readonly #layout: FixedLayout;
  readonly #settings: StreamSettings;
  readonly #source: FlowSource;
  readonly #writer: RecordWriter;
  readonly #values = newValues();
  readonly #engine: number;
  #sequence = 0;

  /** @param engine engine id of v5 */
  constructor(layout: FixedLayout, engine: number, settings: StreamSettings, source: FlowSource) {
    this.#layout = layout;
    this.#settings = settings;
    this.#source = source;
    this.#engine = engine & 0xff;
    // Of v1 the record of 48 bytes: softflowd writes no other, and nfcapd and tshark read no other.
    this.#writer = new RecordWriter(layout.records.at(-1)!.fields.map(({ id, length }) => ({ element: id, length })));
  }

  write(memory: DatagramMemory, at: number, most: number, nowMs: number): number {
    const { mtu, recordsMost, bootMs, sampling } = this.#settings;
    const layout = this.#layout;
    const fits = Math.floor((mtu - layout.headerLength) / this.#writer.bytes);
    const records = Math.min(most, recordsMost, fits, RECORDS_MOST[layout.version]);
    const samplingWord = sampling === 1 ? 0 : (DETERMINISTIC << 14) | sampling;
    writeFixedHeader(
      memory.view,
      at,
      layout,
      records,
      (nowMs - bootMs) % 0x1_0000_0000,
      Math.floor(nowMs / 1000),
      (nowMs % 1000) * 1_000_000,
      this.#sequence,
      this.#engine,
      samplingWord,
    );
    let o = at + layout.headerLength;
    for (let i = 0; i < records; i++) {
      this.#source.next(this.#values, false, nowMs, bootMs, false);
      o = this.#writer.write(memory.view, memory.bytes, o, this.#values);
      this.sums.packets += this.#values[AT.packets]!;
      this.sums.bytes += this.#values[AT.bytes]!;
    }
    this.#sequence = (this.#sequence + records) >>> 0;
    this.sums.records += records;
    this.sums.datagrams++;
    this.sums.datagramBytes += o - at;
    return o - at;
  }
}
