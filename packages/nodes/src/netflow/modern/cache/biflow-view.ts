import { BYTES, FIRST, FlowTable, LAST, PACKETS, TCP_FLAGS, VLANS } from "./flow-table.ts";
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

/**
 * Writes a cached flow of both directions as two plain records: 1 in the direction of its first packet, 2 in the other.
 */
export class BiflowView {
  readonly table: FlowTable;

  constructor(keyWords: 4 | 10) {
    this.table = new FlowTable(keyWords, 2);
  }

  /** Fills the records from record `id`. Returns false when there is no reverse packet: record 2 is then undefined. */
  fill(source: FlowTable, id: number): boolean {
    const column = source.reverse!;
    const { table } = this;
    const r = source.at(id);
    const data = r + source.keyWords;
    const row = 4 * id;
    const swapped = column.words[row + SWAPPED] === 1;
    const context = column.words[row + CONTEXT]!;
    this.#writeKey(source, r, 1, swapped, context);
    const forward = table.at(1) + table.keyWords;
    table.words[forward + PACKETS] = source.words[data + PACKETS]!;
    table.words[forward + TCP_FLAGS] = source.words[data + TCP_FLAGS]!;
    table.doubles[(forward + BYTES) >> 1] = source.doubles[(data + BYTES) >> 1]!;
    table.doubles[(forward + FIRST) >> 1] = source.doubles[(data + FIRST) >> 1]!;
    table.doubles[(forward + LAST) >> 1] = column.doubles[row + FORWARD_LAST]!;
    table.extra = source.extra === null ? null : source.extra.single(table.extra, id);
    if (column.words[row + REVERSE_PACKETS] === 0) return false;
    this.#writeKey(source, r, 2, !swapped, context);
    const reverse = table.at(2) + table.keyWords;
    table.words[reverse + PACKETS] = column.words[row + REVERSE_PACKETS]!;
    table.words[reverse + TCP_FLAGS] = column.words[row + REVERSE_FLAGS]!;
    table.doubles[(reverse + BYTES) >> 1] = column.doubles[row + REVERSE_BYTES]!;
    table.doubles[(reverse + FIRST) >> 1] = column.doubles[row + REVERSE_FIRST]!;
    table.doubles[(reverse + LAST) >> 1] = column.doubles[row + REVERSE_LAST]!;
    return true;
  }

  #writeKey(source: FlowTable, r: number, id: 1 | 2, swapped: boolean, context: number): void {
    const from = source.words;
    const to = this.table.words;
    const t = this.table.at(id);
    const half = source.keyWords === 4 ? 1 : 4;
    for (let w = 0; w < half; w++) {
      to[t + w] = from[r + w + (swapped ? half : 0)]!;
      to[t + half + w] = from[r + w + (swapped ? 0 : half)]!;
    }
    const ports = from[r + 2 * half]!;
    to[t + 2 * half] = swapped ? (ports << 16) | (ports >>> 16) : ports;
    to[t + source.keyWords + VLANS] = source.vlans(r);
    to[t + 2 * half + 1] = (from[r + 2 * half + 1]! & 0xffff) | (context << 16);
  }
}
