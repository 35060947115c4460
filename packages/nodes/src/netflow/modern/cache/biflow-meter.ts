import type { PacketBatch } from "@ngflow/base";
import type { ParsedPackets } from "@ngflow/wire/packet";
import type { BiflowRows } from "../fields/biflow-rows.ts";
import { END_ACTIVE, END_IDLE, END_OF_FLOW } from "../expiry/end-reason.ts";
import { PACKETS_LIMIT } from "../wasm/meter-layout.ts";
import type { FlowMeter, MeterParts } from "./flow-meter.ts";
import { BYTES, FIRST, type FlowTable, LAST, PACKETS, TCP_FLAGS } from "./flow-table.ts";
import {
  CONTEXT,
  FORWARD_LAST,
  REVERSE_BYTES,
  REVERSE_FIRST,
  REVERSE_FLAGS,
  REVERSE_LAST,
  REVERSE_PACKETS,
  SWAPPED,
} from "../fields/reverse-column.ts";

const TH_FIN = 0x01;
const TH_RST = 0x04;

/**
 * Enters packets whose keys `BiflowRows` has turned. A record counts the direction of its first packet, its reverse
 * column the other; it ends with RST, or when FIN has come from both sides.
 */
export class BiflowMeter {
  readonly #meter: FlowMeter;
  readonly #parts: MeterParts;
  readonly #parsed: ParsedPackets;
  readonly #rows: BiflowRows;

  constructor(meter: FlowMeter, parts: MeterParts, rows: BiflowRows) {
    this.#meter = meter;
    this.#parts = parts;
    this.#parsed = parts.parsed;
    this.#rows = rows;
  }

  update(batch: PacketBatch, from: number, count: number): void {
    const parsed = this.#parsed;
    const { expiry, counts, merged, table4, table6 } = this.#parts;
    for (let k = 0; k < count; k++) {
      const time = batch.timesUs[from + k]!;
      if (time >= expiry.nextCheckUs || time < expiry.leastUs) expiry.advance(batch.timesUs, from + k);
      const version = parsed.kind[k]!;
      const onWire = merged.packets[k]!;
      if (version < 0) {
        counts.skip(-1 - version, parsed.family[k]!, onWire, batch.wireLengths[from + k]!);
        continue;
      }
      counts.accountedPackets[version === 4 ? 0 : 1]! += onWire;
      counts.accountedBytes[version === 4 ? 0 : 1]! += parsed.bytes[k]!;
      this.#updateFlow(version === 4 ? table4 : table6, k, time);
    }
  }

  #updateFlow(table: FlowTable, k: number, time: number): void {
    const meter = this.#meter;
    const parsed = this.#parsed;
    const { timeouts } = this.#parts;
    const column = table.reverse!;
    const onWire = this.#parts.merged.packets[k]!;
    let r = meter.find(table, k);
    if (r !== 0) {
      const half = (r + table.keyWords) >> 1;
      const protocol = parsed.meta[k]! & 0xff;
      const inactiveUs = timeouts.inactiveUs[protocol]!;
      const idle = time - table.doubles[half + 3]! > inactiveUs || table.doubles[half + 2]! - time > inactiveUs;
      if (idle || time - table.doubles[half + 2]! > timeouts.activeUs[protocol]!) {
        meter.end(table, r, idle ? END_IDLE : END_ACTIVE);
        r = 0;
      }
    }
    const flags = parsed.tcpFlags[k]!;
    if (r === 0) {
      const id = meter.begin(table, k, time);
      r = table.at(id);
      const row = 4 * id;
      column.words.fill(0, row, row + 4);
      column.doubles.fill(0, row, row + 4);
      column.words[row + CONTEXT] = this.#rows.contexts[k]!;
      column.words[row + SWAPPED] = this.#rows.swapped[k]!;
      column.doubles[row + FORWARD_LAST] = time;
      if ((flags & TH_RST) !== 0) meter.end(table, r, END_OF_FLOW);
      return;
    }
    const row = 4 * table.idOf(r);
    const data = r + table.keyWords;
    const { words, doubles } = table;
    let packets: number;
    if (this.#rows.swapped[k] === column.words[row + SWAPPED]) {
      packets = (words[data + PACKETS]! >>> 0) + onWire;
      words[data + PACKETS] = packets;
      words[data + TCP_FLAGS]! |= flags;
      doubles[(data + BYTES) >> 1]! += parsed.bytes[k]!;
      if (time > column.doubles[row + FORWARD_LAST]!) column.doubles[row + FORWARD_LAST] = time;
      if (time < doubles[(data + FIRST) >> 1]!) doubles[(data + FIRST) >> 1] = time;
    } else {
      packets = (column.words[row + REVERSE_PACKETS]! >>> 0) + onWire;
      const first = column.doubles[row + REVERSE_FIRST]!;
      column.words[row + REVERSE_PACKETS] = packets;
      column.words[row + REVERSE_FLAGS]! |= flags;
      column.doubles[row + REVERSE_BYTES]! += parsed.bytes[k]!;
      if (first === 0 || time < first) column.doubles[row + REVERSE_FIRST] = time;
      if (time > column.doubles[row + REVERSE_LAST]!) column.doubles[row + REVERSE_LAST] = time;
    }
    if (time > doubles[(data + LAST) >> 1]!) doubles[(data + LAST) >> 1] = time;
    const closed = (words[data + TCP_FLAGS]! & column.words[row + REVERSE_FLAGS]! & TH_FIN) !== 0;
    if (closed || (flags & TH_RST) !== 0) meter.end(table, r, END_OF_FLOW);
    else if (packets >= PACKETS_LIMIT) meter.end(table, r, END_ACTIVE);
  }
}
