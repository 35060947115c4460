import { COLLECTORS_MAX, EXPORT_HOOKS, type ExportHook, type ExportOutlet } from "../../flow-engine.ts";
import { BiflowView } from "../cache/biflow-view.ts";
import type { ExportStream, StreamSettings } from "./export-stream.ts";
import type { FlowTable } from "../cache/flow-table.ts";
import type { LeavingRecords } from "../expiry/leaving-records.ts";
import type { MeterWasm } from "../wasm/meter-wasm.ts";
import type { ObservationTable } from "../cache/observation-table.ts";
import { TemplateStream } from "./template-stream.ts";
import { V5Stream } from "./v5-stream.ts";

/** A partial datagram older than this is sent at the next tick. */
const FLUSH_AFTER_US = 500_000;

/** Writes ended flows into the datagrams of every connected export hook. */
export class FlowExporter {
  readonly settings: StreamSettings;
  readonly observations: ObservationTable;
  /** Whether a v5 hook is connected, whose counters have 32 bits. */
  hasV5 = false;
  recordsExported = 0;
  recordsDiscarded = 0;
  /** Streams of every hook that was ever connected: their counters and sequence numbers go on. */
  readonly #all = new Map<ExportHook, ExportStream>();
  /** Streams whose hook is connected. */
  #streams: ExportStream[] = [];
  /** By stream: how many are of its version, and which of them it is. */
  #groupSizes: number[] = [];
  #groupRanks: number[] = [];
  /** Each flow goes to one collector of each version instead of to all. */
  #balance = false;
  readonly #wasm: MeterWasm | null;
  readonly #view4 = new BiflowView(4);
  readonly #view6 = new BiflowView(10);

  /** @param wasm writes records of the plain templates; null: TypeScript writes each. */
  constructor(settings: StreamSettings, observations: ObservationTable, wasm: MeterWasm | null) {
    this.settings = settings;
    this.#wasm = wasm;
    this.observations = observations;
  }

  setExport(name: ExportHook, outlet: ExportOutlet | null): void {
    let stream = this.#all.get(name);
    if (stream === undefined) {
      stream = this.#createStream(name);
      this.#all.set(name, stream);
    }
    stream.queue.outlet = outlet;
    // In the order of their names, whatever the order of their connection.
    const names = [...this.#all.keys()].toSorted((a, b) => rankOf(a) - rankOf(b));
    this.#streams = names.map((each) => this.#all.get(each)!).filter((each) => each.queue.outlet !== null);
    this.#groupSizes = this.#streams.map((each) => this.#streams.filter((s) => s.version === each.version).length);
    this.#groupRanks = this.#streams.map(
      (each, i) => this.#streams.slice(0, i).filter((s) => s.version === each.version).length,
    );
    this.hasV5 = this.#streams.some((each) => each.version === 5);
  }

  /** Exports the record that begins at word `r` of the table. */
  add(table: FlowTable, r: number, endReason: number, nowUs: number): void {
    if (table.reverse !== null) {
      this.#addBothDirections(table, table.idOf(r), endReason, nowUs);
      return;
    }
    const streams = this.#streams;
    let exported = 0;
    const chosen = this.#balance ? table.conversationHash(r) : 0;
    for (let i = 0; i < streams.length; i++) {
      const stream = streams[i]!;
      if ((table.keyWords !== 4 && stream.version === 5) || (this.#balance && this.#notChosen(i, chosen))) continue;
      stream.add(table, r, endReason, nowUs);
      exported = 1;
    }
    this.recordsExported += exported;
    this.recordsDiscarded += 1 - exported;
  }

  /** Exports records of the table, and empties the list. */
  addMany(table: FlowTable, leaving: LeavingRecords, nowUs: number): void {
    const streams = this.#streams;
    if (table.reverse !== null || this.#balance || streams.length !== 1) {
      for (let i = 0; i < leaving.count; i++) this.add(table, table.at(leaving.ids[i]!), leaving.reasons[i]!, nowUs);
    } else if (table.keyWords !== 4 && streams[0]!.version === 5) this.recordsDiscarded += leaving.count;
    else {
      streams[0]!.addMany(table, leaving, nowUs);
      this.recordsExported += leaving.count;
    }
    leaving.count = 0;
  }

  #addBothDirections(table: FlowTable, id: number, endReason: number, nowUs: number): void {
    const streams = this.#streams;
    const view = table.keyWords === 4 ? this.#view4 : this.#view6;
    const pair = view.fill(table, id);
    const [r, reverse] = [view.table.at(1), view.table.at(2)];
    const chosen = this.#balance ? view.table.conversationHash(r) : 0;
    let exported = 0;
    for (let i = 0; i < streams.length; i++) {
      const stream = streams[i]!;
      if ((table.keyWords !== 4 && stream.version === 5) || (this.#balance && this.#notChosen(i, chosen))) continue;
      exported = 1;
      if (pair && stream.addPair(view.table, r, reverse, endReason, nowUs)) continue;
      stream.add(view.table, r, endReason, nowUs);
      if (!pair) continue;
      stream.add(view.table, reverse, endReason, nowUs);
      exported = 2;
    }
    this.recordsExported += exported;
    this.recordsDiscarded += exported === 0 ? 1 : 0;
  }

  /** Whether balancing gives the flow to another stream of the same version. */
  #notChosen(i: number, hash: number): boolean {
    return hash % this.#groupSizes[i]! !== this.#groupRanks[i]!;
  }

  /** Sends datagrams that are complete, or old enough. */
  flushOld(nowUs: number): void {
    const streams = this.#streams;
    for (let i = 0; i < streams.length; i++) {
      const stream = streams[i]!;
      if (Math.abs(nowUs - stream.openedUs) >= FLUSH_AFTER_US) stream.finish(nowUs);
      stream.queue.deliver();
    }
  }

  /** Whether no record waits in a datagram that is not full. */
  isFlushed(): boolean {
    return this.#streams.every(({ openedUs }) => openedUs === Number.POSITIVE_INFINITY);
  }

  /** Sends everything. */
  flushAll(nowUs: number): void {
    for (const stream of this.#streams) {
      stream.finish(nowUs);
      stream.queue.deliver();
    }
  }

  setBalance(on: boolean): void {
    this.#balance = on;
  }

  /** Templates and options go out again with the next record of every stream. */
  announce(): void {
    for (const stream of this.#all.values()) stream.announce();
  }

  /** Follows a change of the mtu or of the groups of fields. */
  resize(nowUs: number): void {
    for (const stream of this.#all.values()) stream.resize(nowUs);
  }

  /** Datagrams that peers of hooks of a version refused; of all versions without one. */
  refused(version?: 5 | 9 | 10): number {
    return this.#sum((stream) => (version === undefined || stream.version === version ? stream.queue.refused : 0));
  }

  counters(): Readonly<Record<string, number>> {
    return {
      recordsExported: this.recordsExported,
      recordsDiscarded: this.recordsDiscarded,
      datagramsExported: this.#sum((stream) => stream.queue.sent),
      datagramsRefused: this.refused(),
    };
  }

  #sum(of: (stream: ExportStream) => number): number {
    let total = 0;
    for (const stream of this.#all.values()) total += of(stream);
    return total;
  }

  #createStream(name: ExportHook): ExportStream {
    const [version] = name.split("_");
    if (version === "export") return new V5Stream(this.settings, this.observations);
    return new TemplateStream(version === "export9" ? 9 : 10, this.settings, this.observations, this.#wasm);
  }
}

/** Where a hook comes in the order of its kind: by protocol, then by number. */
function rankOf(name: ExportHook): number {
  const [protocol, number = "0"] = name.split("_");
  return EXPORT_HOOKS.findIndex((each) => each === protocol) * COLLECTORS_MAX + Number(number);
}
