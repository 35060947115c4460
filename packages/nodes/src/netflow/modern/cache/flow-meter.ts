import type { PacketBatch } from "@ngflow/base";
import type { ParsedPackets } from "@ngflow/wire/packet";
import { END_ACTIVE, END_FORCED, END_IDLE, END_OF_FLOW } from "../expiry/end-reason.ts";
import type { EndedFlows } from "./ended-flows.ts";
import type { Expiry } from "../expiry/expiry.ts";
import type { ExtraFields } from "../fields/extra-fields.ts";
import type { FlowExporter } from "../export/flow-exporter.ts";
import { BYTES, FIRST, type FlowTable, LAST, PACKETS, TCP_FLAGS, VLANS } from "./flow-table.ts";
import type { KeyRows } from "./key-rows.ts";
import { PACKETS_LIMIT } from "../wasm/meter-layout.ts";
import type { LeavingRecords } from "../expiry/leaving-records.ts";
import type { MergedRows } from "../fields/merged-rows.ts";
import type { MeterWasm } from "../wasm/meter-wasm.ts";
import type { PacketCounts } from "../packet-counts.ts";
import type { Timeouts } from "../expiry/timeouts.ts";

const TH_FIN_RST = 0x05;
/** v5 counts in 32 bits: with its hook connected a flow ends before they wrap, whatever the last frame brings. */
const V5_BYTES_LIMIT = 2 ** 32 - 2 ** 24;

/** What the meter works on. */
export interface MeterParts {
  readonly maxFlows: number;
  readonly table4: FlowTable;
  readonly table6: FlowTable;
  readonly parsed: ParsedPackets;
  readonly merged: MergedRows;
  /** Hash of each parsed packet's key. */
  readonly hashes: Int32Array;
  readonly counts: PacketCounts;
  readonly leaving: LeavingRecords;
  readonly ended: EndedFlows;
  /** For plain packets, null where there is no WebAssembly memory. */
  readonly wasm: MeterWasm | null;
  readonly timeouts: Timeouts;
  readonly expiry: Expiry;
  readonly exporter: FlowExporter;
}

/**
 * Enters parsed packets into the flow tables; flows end here by packets: FIN and RST, timeouts that a packet shows,
 * counters full.
 */
export class FlowMeter {
  ended = 0;
  private readonly endedFlows: EndedFlows;
  /** Flows that `flush` exported. */
  private flushed = 0;
  private readonly wasm: MeterWasm | null;
  /** Parts of the key that the WebAssembly meter does not know, null for none. */
  private keyRows: KeyRows | null = null;
  private readonly maxFlows: number;
  private readonly table4: FlowTable;
  private readonly table6: FlowTable;
  private readonly parsed: ParsedPackets;
  private readonly merged: MergedRows;
  private readonly hashes: Int32Array;
  private readonly counts: PacketCounts;
  private readonly leaving: LeavingRecords;
  private readonly timeouts: Timeouts;
  private readonly expiry: Expiry;
  private readonly exporter: FlowExporter;
  private extra: ExtraFields | null = null;
  private samples = false;
  private bytesLimit = Number.POSITIVE_INFINITY;

  constructor(parts: MeterParts) {
    this.maxFlows = parts.maxFlows;
    this.table4 = parts.table4;
    this.table6 = parts.table6;
    this.parsed = parts.parsed;
    this.merged = parts.merged;
    this.hashes = parts.hashes;
    this.counts = parts.counts;
    this.leaving = parts.leaving;
    this.endedFlows = parts.ended;
    this.wasm = parts.wasm;
    this.timeouts = parts.timeouts;
    this.expiry = parts.expiry;
    this.exporter = parts.exporter;
    this.setExtra(null);
  }

  /** Flows that began. */
  get flowsCreated(): number {
    return this.ended + this.expiry.expired + this.expiry.evicted + this.flushed + this.table4.live + this.table6.live;
  }

  /** Fields in addition to the default ones, taken from a flow's first packet; null for none. */
  setExtra(extra: ExtraFields | null): void {
    this.extra = extra;
    // Fields of a new flow's first packet are TypeScript's business.
    this.wasm?.limit(extra === null ? this.maxFlows : 0);
    this.wasm?.setEnding(extra === null && !this.samples);
  }

  /**
   * Whether packets are sampled. Exported options then depend on how many packets were metered before each record that
   * leaves, so that none may leave later.
   */
  setSamples(samples: boolean): void {
    this.samples = samples;
    this.setExtra(this.extra);
  }

  /** Parts of the key in addition to the default ones; the tables have `keys` then. */
  setKeyRows(keyRows: KeyRows | null): void {
    this.keyRows = keyRows;
  }

  /** Follows a change of the export hooks. */
  exportChanged(): void {
    this.bytesLimit = this.exporter.hasV5 ? V5_BYTES_LIMIT : Number.POSITIVE_INFINITY;
  }

  /** Accounts or skips the first `count` parsed packets, which are those from `from` on in the batch. */
  update(batch: PacketBatch, from: number, count: number): void {
    const { merged, expiry, timeouts, bytesLimit } = this;
    const wasm = this.keyRows === null ? this.wasm : null;
    for (let k = 0; k < count; k++) {
      if (wasm !== null) {
        const { leastInactiveUs, leastActiveUs } = timeouts;
        const { nextCheckUs, leastUs } = expiry;
        const end = merged.next(k, count);
        k = wasm.update(k, end, nextCheckUs, leastUs, leastInactiveUs, leastActiveUs, bytesLimit, expiry.firstBucket);
        const ended = wasm.takeEnded();
        if (ended !== 0) this.exportEnded(ended);
        if (k === count) return;
      }
      this.updateAny(batch, from, k);
    }
  }

  /** Exports the flows that the WebAssembly meter has ended. */
  private exportEnded(count: number): void {
    const { leaving } = this;
    const { families, table4, table6 } = this.endedFlows;
    this.ended += count;
    for (let i = 0; i < count;) {
      const family = families[i]!;
      for (; i < count && families[i] === family; i++) leaving.push(i + 1, END_OF_FLOW);
      this.exporter.addMany(family === 0 ? table4 : table6, leaving, this.expiry.nowUs);
    }
  }

  /** Exports every flow. */
  flush(): void {
    this.flushTable(this.table4);
    this.flushTable(this.table6);
  }

  /** Exports the flows whose last packet was before a time. */
  flushBefore(timeUs: number): void {
    this.flushTableBefore(this.table4, timeUs);
    this.flushTableBefore(this.table6, timeUs);
  }

  private flushTableBefore(table: FlowTable, timeUs: number): void {
    for (let id = 1; id < table.end; id++) {
      const r = table.at(id);
      if (table.isLive(id) && table.doubles[(r + table.keyWords + LAST) >> 1]! < timeUs) this.end(table, r, END_IDLE);
    }
  }

  private flushTable(table: FlowTable): void {
    const { leaving } = this;
    for (let id = 1; id < table.end; id++) {
      if (table.isLive(id)) leaving.push(id, this.reasonNow(table, table.at(id)));
      if (leaving.isFull) this.exporter.addMany(table, leaving, this.expiry.nowUs);
    }
    this.exporter.addMany(table, leaving, this.expiry.nowUs);
    this.flushed += table.live;
    table.clear();
  }

  /** Why a flow ends now: it may have timed out since it was looked at last. */
  private reasonNow({ words, doubles, keyWords }: FlowTable, r: number): number {
    const { inactiveUs, activeUs } = this.timeouts;
    const { nowUs } = this.expiry;
    const half = (r + keyWords) >> 1;
    const protocol = words[r + keyWords - 1]! & 0xff;
    if (nowUs - doubles[half + 3]! > inactiveUs[protocol]!) return END_IDLE;
    return nowUs - doubles[half + 2]! > activeUs[protocol]! ? END_ACTIVE : END_FORCED;
  }

  /** Accounts or skips any packet: the definition of what the WebAssembly meter does to plain ones. */
  private updateAny(batch: PacketBatch, from: number, k: number): void {
    const time = batch.timesUs[from + k]!;
    if (time >= this.expiry.nextCheckUs || time < this.expiry.leastUs) this.expiry.advance(batch.timesUs, from + k);
    const version = this.parsed.kind[k]!;
    const onWire = this.merged.packets[k]!;
    if (version < 0) {
      this.counts.skip(-1 - version, this.parsed.family[k]!, onWire, batch.wireLengths[from + k]!);
      return;
    }
    const row = version === 4 ? 0 : 1;
    this.counts.accountedPackets[row]! += onWire;
    this.counts.accountedBytes[row]! += this.parsed.bytes[k]!;
    const table = version === 4 ? this.table4 : this.table6;
    const r = this.find(table, k);
    if (r === 0) {
      this.create(table, k, time);
      return;
    }
    const { words, doubles } = table;
    const data = r + table.keyWords;
    const half = data >> 1;
    const protocol = words[data - 1]! & 0xff;
    const inactiveUs = this.timeouts.inactiveUs[protocol]!;
    // A packet from so long before the flow has the time of another clock: it is not part of it, either.
    const idle = time - doubles[half + 3]! > inactiveUs || doubles[half + 2]! - time > inactiveUs;
    if (idle || time - doubles[half + 2]! > this.timeouts.activeUs[protocol]!) {
      this.restart(table, r, k, time, idle);
      return;
    }
    const flags = this.parsed.tcpFlags[k]!;
    const packets = (words[data]! >>> 0) + onWire;
    const sum = doubles[half + 1]! + this.parsed.bytes[k]!;
    words[data] = packets;
    words[data + 1]! |= flags;
    doubles[half + 1] = sum;
    if (time > doubles[half + 3]!) doubles[half + 3] = time;
    else if (time < doubles[half + 2]!) doubles[half + 2] = time;
    if ((flags & TH_FIN_RST) !== 0 || packets >= PACKETS_LIMIT || sum >= this.bytesLimit) {
      this.endByPacket(table, r, flags);
    }
  }

  /** The word at which the record of packet `k`'s flow begins, 0 if there is none. */
  find(table: FlowTable, k: number): number {
    const { addresses, ports, meta, vlans } = this.parsed;
    const { index, indexMask, keys, words } = table;
    const { keyRows } = this;
    const addressWords = table.keyWords - 2;
    const h = this.hashes[k]!;
    let slot = h >>> table.indexShift;
    search: for (;;) {
      const entry = index[slot]!;
      if (entry === 0) return 0;
      slot = (slot + 1) & indexMask;
      if (((entry ^ (h << 24)) & 0xff000000) !== 0) continue;
      const r = table.at(entry & 0xffffff);
      if (words[r + addressWords] !== ports[k]! || words[r + addressWords + 1] !== meta[k]!) continue;
      if (words[r + table.keyWords + VLANS] !== vlans[k]!) continue;
      if (keyRows !== null && keys !== null && !keyRows.isRecord(keys, entry & 0xffffff, k)) continue;
      for (let w = 0; w < addressWords; w++) if (words[r + w] !== addresses[8 * k + w]!) continue search;
      return r;
    }
  }

  private create(table: FlowTable, k: number, time: number): void {
    const id = this.begin(table, k, time);
    const flags = this.parsed.tcpFlags[k]!;
    if ((flags & TH_FIN_RST) !== 0) this.endByPacket(table, table.at(id), flags);
  }

  /** A new flow with packet `k` as its first. Returns the record. */
  begin(table: FlowTable, k: number, time: number): number {
    if (this.table4.live + this.table6.live >= this.maxFlows) this.expiry.evict();
    const { words } = table;
    const { addresses, ports, meta, vlans } = this.parsed;
    const addressWords = table.keyWords - 2;
    const id = table.insert(this.hashes[k]!);
    const r = table.at(id);
    for (let w = 0; w < addressWords; w++) words[r + w] = addresses[8 * k + w]!;
    words[r + addressWords] = ports[k]!;
    words[r + addressWords + 1] = meta[k]!;
    words[r + table.keyWords + VLANS] = vlans[k]!;
    if (this.keyRows !== null && table.keys !== null) this.keyRows.store(table.keys, id, k);
    this.fill(table, r + table.keyWords, k, time);
    table.schedule(id, this.expiry.firstBucket);
    if (this.extra !== null) this.extra.capture(table, id, k);
    return id;
  }

  /** Exports the flow at `r` and forgets it. */
  end(table: FlowTable, r: number, reason: number): void {
    this.ended++;
    this.exporter.add(table, r, reason, this.expiry.nowUs);
    table.remove(table.idOf(r));
  }

  private fill(table: FlowTable, data: number, k: number, time: number): void {
    const { words, doubles } = table;
    words[data + PACKETS] = this.merged.packets[k]!;
    words[data + TCP_FLAGS] = this.parsed.tcpFlags[k]!;
    doubles[(data + BYTES) >> 1] = this.parsed.bytes[k]!;
    doubles[(data + FIRST) >> 1] = time;
    doubles[(data + LAST) >> 1] = time;
  }

  /** The flow at `r` timed out before packet `k`: exports it, and the packet begins another in its place. */
  private restart(table: FlowTable, r: number, k: number, time: number, idle: boolean): void {
    const data = r + table.keyWords;
    this.ended++;
    this.exporter.add(table, r, idle ? END_IDLE : END_ACTIVE, this.expiry.nowUs);
    this.fill(table, data, k, time);
    if (this.extra !== null) this.extra.capture(table, table.idOf(r), k);
    const flags = this.parsed.tcpFlags[k]!;
    if ((flags & TH_FIN_RST) !== 0) this.endByPacket(table, r, flags);
  }

  private endByPacket(table: FlowTable, r: number, flags: number): void {
    this.end(table, r, (flags & TH_FIN_RST) !== 0 ? END_OF_FLOW : END_ACTIVE);
  }
}
