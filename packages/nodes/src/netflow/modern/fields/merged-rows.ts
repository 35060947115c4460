import { type PacketBatch, packetsOf } from "@ngflow/base";
import type { ParsedPackets } from "@ngflow/wire/packet";

/**
 * Packets that the rows of a group are on the wire: an offload has merged the segments of some, or not yet cut them.
 */
export class MergedRows {
  /** By row; 1 but for merged frames. */
  readonly packets: Uint16Array;
  #some = false;

  constructor(capacity: number) {
    this.packets = new Uint16Array(capacity).fill(1);
  }

  /**
   * Looks through rows 0 to `count - 1`, packets from `from` on; adds the headers of further segments to
   * `parsed.bytes`.
   */
  begin(batch: PacketBatch, from: number, count: number, { bytes }: ParsedPackets): void {
    const { packets } = this;
    if (this.#some) packets.fill(1);
    this.#some = false;
    if (!batch.hasSegments) return;
    for (let k = 0; k < count; k++) {
      const segments = packetsOf(batch.segments[from + k]!);
      if (segments === 1) continue;
      this.#some = true;
      packets[k] = segments;
      // Such a frame ends with its IP packet: all other bytes are before it.
      const beforeIp = batch.wireLengths[from + k]! - bytes[k]!;
      bytes[k]! += (segments - 1) * ((batch.segments[from + k]! >>> 16) - beforeIp);
    }
  }

  /** The first merged row from `k` on, `count` if there is none. */
  next(k: number, count: number): number {
    if (!this.#some) return count;
    while (k < count && this.packets[k] === 1) k++;
    return k;
  }
}
