import { setU16be, setU32be } from "@ngflow/base";
import type { FlowTable } from "./flow-table.ts";

/** The moment of an emission: the uptime goes into headers in whole seconds, the wall clock with nanoseconds. */
export interface Moment {
  readonly uptimeSec: number;
  readonly unixSec: number;
  readonly unixNsec: number;
}

const V5_HEADER = 24;
const V5_RECORD = 48;
const V5_RECORDS_MAX = 30;
const V9_HEADER = 20;
const V9_RECORD_MAX = 93;

/** Uptime in milliseconds modulo 2^32: always whole seconds before the wrap (reference: ng_netflow.md §9). */
function uptimeMs(seconds: number): number {
  return (seconds * 1000) % 4294967296;
}

/** Sends a finished datagram; the bytes are reused after the call. */
export type Emit = (datagram: Uint8Array) => void;

/** The held NetFlow v5 datagram of one routing table (ng_netflow.md §9.1). */
export class V5Datagrams {
  readonly #bytes = new Uint8Array(V5_HEADER + V5_RECORDS_MAX * V5_RECORD);
  readonly #fib: number;
  #count = 0;
  #sequence = 0;

  constructor(fib: number) {
    this.#fib = fib;
  }

  add(table: FlowTable, entry: number, moment: Moment, emit: Emit): void {
    const b = this.#bytes;
    const o = V5_HEADER + this.#count * V5_RECORD;
    const key = entry * table.keyWords;
    const keys = table.keys;
    setU32be(b, o, keys[key]!);
    setU32be(b, o + 4, keys[key + 1]!);
    b.set(table.nextHop.subarray(entry * 4, entry * 4 + 4), o + 8);
    setU16be(b, o + 12, keys[key + 3]! & 0xffff);
    setU16be(b, o + 14, table.outIndex[entry]!);
    setU32be(b, o + 16, table.packets[entry]! % 4294967296);
    setU32be(b, o + 20, table.bytes[entry]! % 4294967296);
    setU32be(b, o + 24, uptimeMs(table.first[entry]!));
    setU32be(b, o + 28, uptimeMs(table.last[entry]!));
    setU32be(b, o + 32, keys[key + 2]!);
    b[o + 36] = 0;
    b[o + 37] = table.tcpFlags[entry]!;
    b[o + 38] = keys[key + 3]! >>> 24;
    b[o + 39] = keys[key + 3]! >>> 16;
    setU32be(b, o + 40, 0);
    b[o + 44] = table.sourceMask[entry]!;
    b[o + 45] = table.destinationMask[entry]!;
    setU16be(b, o + 46, 0);
    if (++this.#count === V5_RECORDS_MAX) this.flush(moment, emit);
  }

  /** Sends what is held. Header times, count and sequence are those of this moment (ng_netflow.md §8). */
  flush(moment: Moment, emit: Emit): void {
    if (this.#count === 0) return;
    const b = this.#bytes;
    setU16be(b, 0, 5);
    setU16be(b, 2, this.#count);
    setU32be(b, 4, uptimeMs(moment.uptimeSec));
    setU32be(b, 8, moment.unixSec);
    setU32be(b, 12, moment.unixNsec);
    setU32be(b, 16, this.#sequence);
    b[20] = 0;
    b[21] = this.#fib & 0xff;
    setU16be(b, 22, 0);
    this.#sequence = (this.#sequence + this.#count) >>> 0;
    const length = V5_HEADER + this.#count * V5_RECORD;
    this.#count = 0;
    emit(b.subarray(0, length));
  }
}

/** Field type and length of every field of the two templates (ng_netflow.md §9.2); IPv6 differs in the first three. */
const V9_FIELDS_COMMON = [
  [10, 2],
  [14, 2],
  [2, 4],
  [1, 4],
  [24, 4],
  [23, 4],
  [22, 4],
  [21, 4],
  [7, 2],
  [11, 2],
  [6, 1],
  [4, 1],
  [5, 1],
  [16, 4],
  [17, 4],
  [9, 1],
  [13, 1],
] as const;
const V9_TEMPLATES = [
  { id: 256, fields: [[8, 4], [12, 4], [15, 4], ...V9_FIELDS_COMMON] },
  { id: 259, fields: [[27, 16], [28, 16], [62, 16], ...V9_FIELDS_COMMON] },
] as const;

function templateFlowset(): Uint8Array {
  const b = new Uint8Array(4 + V9_TEMPLATES.reduce((sum, t) => sum + 4 + 4 * t.fields.length, 0));
  setU16be(b, 2, b.length);
  let o = 4;
  for (const template of V9_TEMPLATES) {
    setU16be(b, o, template.id);
    setU16be(b, o + 2, template.fields.length);
    o += 4;
    for (const [type, length] of template.fields) {
      setU16be(b, o, type);
      setU16be(b, o + 2, length);
      o += 4;
    }
  }
  return b;
}

const V9_TEMPLATE_FLOWSET = templateFlowset();

/** Settings of `settemplate` and `setmtu`. */
export interface V9Settings {
  templateTimeSec: number;
  templatePackets: number;
  mtu: number;
}

/** The held NetFlow v9 datagram of one routing table (ng_netflow.md §9.2 to §9.4). */
export class V9Datagrams {
  readonly #fib: number;
  readonly #settings: V9Settings;
  #bytes = new Uint8Array(2048);
  #length = 0;
  #records = 0;
  #flowsetAt = 0;
  #flowsetId = 0;
  #mtu = 0;
  #sequence = 0;
  #lastTemplatesSec = 0;

  constructor(fib: number, settings: V9Settings) {
    this.#fib = fib;
    this.#settings = settings;
  }

  add(table: FlowTable, entry: number, moment: Moment, emit: Emit): void {
    if (this.#length === 0) this.#begin(moment);
    this.#reserve(V9_RECORD_MAX + 8);
    const id = table.family === 4 ? 256 : 259;
    if (this.#flowsetId !== id) this.#openFlowset(id);
    this.#writeRecord(table, entry);
    this.#records++;
    // The kernel subtracts in unsigned arithmetic: with an mtu below 64 a datagram is never full (ng_netflow.md §9.3).
    if (this.#length + V9_RECORD_MAX + 4 >= (this.#mtu - 64) >>> 0) this.flush(moment, emit);
  }

  flush(moment: Moment, emit: Emit): void {
    if (this.#length === 0) return;
    this.#closeFlowset();
    const b = this.#bytes;
    setU16be(b, 0, 9);
    setU16be(b, 2, this.#records);
    setU32be(b, 4, uptimeMs(moment.uptimeSec));
    setU32be(b, 8, moment.unixSec);
    setU32be(b, 12, this.#sequence);
    setU32be(b, 16, this.#fib);
    this.#sequence = (this.#sequence + 1) >>> 0;
    const length = this.#length;
    this.#length = 0;
    emit(b.subarray(0, length));
  }

  /**
   * Whether templates go in. It is decided when the first record arrives, and the packet count never moves
   * (ng_netflow.md §9.4).
   */
  #begin(moment: Moment): void {
    this.#length = V9_HEADER;
    this.#records = 0;
    this.#flowsetId = 0;
    this.#mtu = this.#settings.mtu;
    const due = moment.uptimeSec >= this.#settings.templateTimeSec + this.#lastTemplatesSec;
    if (!due && this.#settings.templatePackets !== 0) return;
    this.#bytes.set(V9_TEMPLATE_FLOWSET, V9_HEADER);
    this.#length += V9_TEMPLATE_FLOWSET.length;
    this.#records = V9_TEMPLATES.length;
    this.#lastTemplatesSec = moment.uptimeSec;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(this.#bytes.length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  #openFlowset(id: number): void {
    this.#closeFlowset();
    this.#flowsetAt = this.#length;
    this.#flowsetId = id;
    setU16be(this.#bytes, this.#length, id);
    this.#length += 4;
  }

  #closeFlowset(): void {
    if (this.#flowsetId === 0) return;
    while ((this.#length - this.#flowsetAt) % 4 !== 0) this.#bytes[this.#length++] = 0;
    setU16be(this.#bytes, this.#flowsetAt + 2, this.#length - this.#flowsetAt);
    this.#flowsetId = 0;
  }

  #writeRecord(table: FlowTable, entry: number): void {
    const b = this.#bytes;
    const keys = table.keys;
    const addressWords = table.addressBytes / 2;
    let key = entry * table.keyWords;
    let o = this.#length;
    for (let i = 0; i < addressWords; i++, o += 4) setU32be(b, o, keys[key++]!);
    const hop = entry * table.addressBytes;
    b.set(table.nextHop.subarray(hop, hop + table.addressBytes), o);
    o += table.addressBytes;
    const ports = keys[key]!;
    const facts = keys[key + 1]!;
    setU16be(b, o, facts & 0xffff);
    setU16be(b, o + 2, table.outIndex[entry]!);
    setU32be(b, o + 4, table.packets[entry]! % 4294967296);
    setU32be(b, o + 8, table.bytes[entry]! % 4294967296);
    setU32be(b, o + 12, 0);
    setU32be(b, o + 16, 0);
    setU32be(b, o + 20, uptimeMs(table.first[entry]!));
    setU32be(b, o + 24, uptimeMs(table.last[entry]!));
    setU32be(b, o + 28, ports);
    b[o + 32] = table.tcpFlags[entry]!;
    b[o + 33] = facts >>> 24;
    b[o + 34] = facts >>> 16;
    setU32be(b, o + 35, 0);
    setU32be(b, o + 39, 0);
    b[o + 43] = table.sourceMask[entry]!;
    b[o + 44] = table.destinationMask[entry]!;
    this.#length = o + 45;
  }
}
