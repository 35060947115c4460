import { BYTES, FIRST, type FlowTable, LAST, PACKETS, TCP_FLAGS } from "../cache/flow-table.ts";
import type { StreamSettings } from "./export-stream.ts";
import type { ObservationTable } from "../cache/observation-table.ts";

const ICMP = 1;
const ICMPV6 = 58;
/** biflowDirection: the forward direction is that of the first packet. */
const DIRECTION_INITIATOR = 1;

function writeU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value / 4294967296);
  view.setUint32(at + 4, value);
}

/** The outer VLAN twice, and the inner one. */
function writeVlans(view: DataView, at: number, vlans: number): void {
  const outer = vlans & 0xfff;
  view.setUint16(at, outer);
  view.setUint16(at + 2, outer);
  view.setUint16(at + 4, vlans >>> 12);
}

/** Writes flow records, field by field in the order of `createTemplates`; integers are big-endian. */
export class FlowRecordWriter {
  private readonly ipfix: boolean;
  private readonly settings: Pick<StreamSettings, "bootMs">;
  private readonly observations: ObservationTable;

  constructor(version: 9 | 10, settings: Pick<StreamSettings, "bootMs">, observations: ObservationTable) {
    this.ipfix = version === 10;
    this.settings = settings;
    this.observations = observations;
  }

  /**
   * Writes the record that begins at word `r` of the table at `at`, as the template of its family has it.
   * @param hasVlans the template is that of flows with a tag
   */
  write(view: DataView, table: FlowTable, r: number, at: number, endReason: number, hasVlans: boolean): void {
    const { words } = table;
    const id = table.extra === null ? 0 : table.idOf(r);
    if (table.keyWords === 4) {
      view.setInt32(at, words[r]!, true);
      view.setInt32(at + 4, words[r + 1]!, true);
      const end = this.writeRest(view, table, r + 2, at + 8, ICMP, 4, endReason, id);
      if (hasVlans) writeVlans(view, end, table.vlans(r));
    } else {
      for (let w = 0; w < 8; w++) view.setInt32(at + 4 * w, words[r + w]!, true);
      const end = this.writeRest(view, table, r + 8, at + 32, ICMPV6, 6, endReason, id);
      if (hasVlans) writeVlans(view, end, table.vlans(r));
    }
  }

  /** Fields after the addresses; `r` is the word of the ports. Returns the offset after them. */
  private writeRest(
    view: DataView,
    table: FlowTable,
    r: number,
    at: number,
    icmp: number,
    version: number,
    endReason: number,
    id: number,
  ): number {
    const { observations } = this;
    const { words, doubles } = table;
    const ports = words[r]!;
    const meta = words[r + 1]!;
    const data = r + 2;
    const context = meta >>> 16;
    // Type and code stand where the destination port does: the upper half of the word, as loaded from the packet.
    const typeCode = (meta & 0xff) === icmp ? ((ports >>> 8) & 0xff00) | (ports >>> 24) : 0;
    view.setInt32(at, this.ipfix && typeCode !== 0 ? 0 : ports, true);
    view.setUint16(at + 4, ((meta & 0xff) << 8) | ((meta >>> 8) & 0xff));
    view.setUint16(at + 6, ((words[data + TCP_FLAGS]! & 0xff) << 8) | observations.direction[context]!);
    view.setUint16(at + 8, observations.inputIf[context]!);
    let outputIf = observations.outputIf[context]!;
    if (table.extra !== null && outputIf === 0) outputIf = table.extra.outputIf(id);
    view.setUint16(at + 10, outputIf);
    view.setInt32(at + 12, words[data + PACKETS]!);
    const bytes = doubles[(data + BYTES) >> 1]!;
    view.setUint32(at + 16, bytes / 4294967296);
    view.setUint32(at + 20, bytes);
    const firstMs = Math.floor(doubles[(data + FIRST) >> 1]! / 1000);
    const lastMs = Math.floor(doubles[(data + LAST) >> 1]! / 1000);
    let p = at + 24;
    if (this.ipfix) {
      view.setUint32(p, firstMs / 4294967296);
      view.setUint32(p + 4, firstMs);
      view.setUint32(p + 8, lastMs / 4294967296);
      view.setUint32(p + 12, lastMs);
      p += 16;
    } else {
      const { bootMs } = this.settings;
      view.setUint32(p, Math.max(0, firstMs - bootMs));
      view.setUint32(p + 4, Math.max(0, lastMs - bootMs));
      p += 8;
    }
    view.setUint16(p, typeCode);
    view.setUint8(p + 2, version);
    p += 3;
    if (this.ipfix) view.setUint8(p++, endReason);
    const { extra } = table;
    if (extra === null) return p;
    const row = id * extra.rowBytes;
    for (let i = 0; i < extra.exportedBytes; i++) view.setUint8(p + i, extra.rows[row + i]!);
    return p + extra.exportedBytes;
  }

  /** Writes the fields of the reverse direction, `REVERSE_BYTES` of them, from the record that begins at word `r`. */
  writeReverse(view: DataView, table: FlowTable, r: number, at: number): void {
    const { words, doubles } = table;
    const data = r + table.keyWords;
    view.setInt32(at, words[data + PACKETS]!);
    writeU64(view, at + 4, doubles[(data + BYTES) >> 1]!);
    writeU64(view, at + 12, Math.floor(doubles[(data + FIRST) >> 1]! / 1000));
    writeU64(view, at + 20, Math.floor(doubles[(data + LAST) >> 1]! / 1000));
    view.setUint8(at + 28, words[data + TCP_FLAGS]!);
    view.setUint8(at + 29, DIRECTION_INITIATOR);
  }
}
