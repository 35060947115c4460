import type { RecordScan } from "@ngflow/nodes/engine";
import type { RecordScanner } from "@ngflow/wire/capture";
import type { PacketColumns } from "@ngflow/wire/packet";
import type { CaptureShare } from "./capture-share.ts";

/**
 * Has WebAssembly take packets from the records of a capture: all, or those of a share. What moves time is reported
 * between the packets before and after it.
 */
export class PacketScanner implements RecordScanner {
  /** Whether batches come from here: they have packets of the share alone, and time has moved already. */
  used = false;
  readonly #records: RecordScan;
  readonly #share: CaptureShare | null;
  readonly #lead: (share: CaptureShare) => void;

  /**
   * @param lastUs `latestUs` of the packets before
   * @param lead called when time has moved to that of the share
   */
  constructor(records: RecordScan, share: CaptureShare | null, lastUs: number, lead: (share: CaptureShare) => void) {
    this.#records = records;
    records.lastUs = lastUs;
    this.#share = share;
    this.#lead = lead;
    if (share !== null) records.setShare(share.index, share.count);
  }

  /** `latestUs` of the packets so far, those of other shares included. */
  get lastUs(): number {
    return this.#records.lastUs;
  }

  scan(batch: PacketColumns, at: number, end: number): number {
    const records = this.#records;
    const share = this.#share;
    this.used = true;
    for (let looked = false; ;) {
      if (records.left === 0) records.begin();
      if (share !== null) records.stopAt(share.nextUs, share.backUs);
      at = records.scan(batch, at, end, looked);
      if (records.stopped) {
        // What the batch has is metered before time moves.
        if (batch.count > 0) return at;
        if (share!.moves(records.stoppedUs, 0)) this.#lead(share!);
        looked = true;
      } else {
        if (batch.count > 0 || records.left > 0) return at;
        looked = false;
      }
    }
  }
}
