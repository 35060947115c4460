import type { PacketBatch } from "@ngflow/base";
import { LinkFacts, type ParsedPackets, readLinkFacts } from "@ngflow/wire/packet";
import type { BiflowRows } from "../fields/biflow-rows.ts";
import { GROUP_MAC, GROUP_MPLS } from "../fields/field-groups.ts";
import type { TunnelRows } from "../fields/tunnel-rows.ts";

/** Words of a row: source address, destination address (2 each), three labels, network identifier. */
export const KEY_ROW_WORDS = 8;
const SOURCE = 0;
const DESTINATION = 2;
const LABELS = 4;
const SEGMENT = 7;
const ETHERNET_HEADER = 14;

/**
 * The parts of the flow key that only some choices have, by packet of a group: MAC addresses, the values of the upper
 * three MPLS labels, the network identifier of the tunnel. A part that was not chosen is 0. `FlowTable.keys` has the
 * same rows for cached flows.
 */
export class KeyRows {
  readonly words: Int32Array;
  private readonly parts: number;
  private readonly tunnels: TunnelRows | null;
  private readonly biflow: BiflowRows | null;
  private readonly link = new LinkFacts();

  /**
   * @param parts of the key, bits of `field-groups.ts`
   * @param tunnels where network identifiers come from, null when they are not in the key
   * @param biflow which keys have changed direction, null when none do
   */
  constructor(capacity: number, parts: number, tunnels: TunnelRows | null, biflow: BiflowRows | null) {
    this.words = new Int32Array(KEY_ROW_WORDS * capacity);
    this.parts = parts;
    this.tunnels = tunnels;
    this.biflow = biflow;
  }

  /** Fills rows 0 to `count - 1` from packets `from` on, and adds them to their hashes. */
  begin(
    batch: PacketBatch,
    view: DataView,
    from: number,
    count: number,
    ethernet: boolean,
    parsed: ParsedPackets,
    hashes: Int32Array,
  ): void {
    const { words } = this;
    words.fill(0, 0, KEY_ROW_WORDS * count);
    for (let k = 0; k < count; k++) {
      if (parsed.kind[k]! < 0) continue;
      const row = KEY_ROW_WORDS * k;
      if (ethernet) this.readLink(batch.buffer, view, batch.offsets[from + k]!, row, k);
      if (this.tunnels !== null) {
        words[row + SEGMENT] = (this.tunnels.segmentTypes[k]! << 24) | this.tunnels.segments[k]!;
      }
      let h = hashes[k]!;
      for (let w = 0; w < KEY_ROW_WORDS; w++) h = Math.imul((h ^ (h >>> 15)) + words[row + w]!, -2048144777);
      hashes[k] = h ^ (h >>> 15);
    }
  }

  private readLink(buffer: Uint8Array, view: DataView, frame: number, row: number, k: number): void {
    const { words, link } = this;
    if ((this.parts & GROUP_MAC) !== 0) {
      const swapped = this.biflow !== null && this.biflow.swapped[k] === 1;
      const source = row + (swapped ? DESTINATION : SOURCE);
      const destination = row + (swapped ? SOURCE : DESTINATION);
      words[source] = view.getInt32(frame + 6);
      words[source + 1] = view.getUint16(frame + 10);
      words[destination] = view.getInt32(frame);
      words[destination + 1] = view.getUint16(frame + 4);
    }
    if ((this.parts & GROUP_MPLS) === 0) return;
    readLinkFacts(buffer, frame + ETHERNET_HEADER, view.getUint16(frame + 12), link);
    const labels = Math.min(link.mplsLabels, link.labels.length);
    // Without the experimental bits, but not 0: label 0 is one, too.
    for (let i = 0; i < labels; i++) words[row + LABELS + i] = (link.labels[i]! >>> 4) | 0x100000;
  }

  /** Whether row `k` is that of record `id` of a table. */
  isRecord(keys: Int32Array, id: number, k: number): boolean {
    const { words } = this;
    for (let w = 0; w < KEY_ROW_WORDS; w++) {
      if (keys[KEY_ROW_WORDS * id + w] !== words[KEY_ROW_WORDS * k + w]) return false;
    }
    return true;
  }

  /** Writes row `k` to record `id` of a table. */
  store(keys: Int32Array, id: number, k: number): void {
    const { words } = this;
    for (let w = 0; w < KEY_ROW_WORDS; w++) keys[KEY_ROW_WORDS * id + w] = words[KEY_ROW_WORDS * k + w]!;
  }
}
