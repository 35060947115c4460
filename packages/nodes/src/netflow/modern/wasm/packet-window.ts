import { PacketBatch } from "@ngflow/base";
import type { Arena } from "../cache/arena.ts";
import { SCAN_BLOCK_BYTES } from "./meter-layout.ts";
import { BATCH_RECORDS, RecordScan, type Scan } from "./record-scan.ts";

/** Memory of an engine that the bytes of a capture are best read into. */
export class PacketWindow {
  readonly buffer: Uint8Array;
  /** Over `buffer`. */
  readonly batch: PacketBatch;
  /** Takes packets out of `buffer`. */
  readonly records: RecordScan;

  static arenaBytes(bytes: number): number {
    // Offsets, lengths, lengths on the wire, and times.
    return SCAN_BLOCK_BYTES + BATCH_RECORDS * (4 + 4 + 4 + 8) + bytes + 6 * 64;
  }

  /** @param arena has room for `arenaBytes` of the same size */
  constructor(arena: Arena, bytes: number, scan: Scan) {
    this.records = new RecordScan(arena, scan);
    this.batch = new PacketBatch(BATCH_RECORDS, undefined, arena);
    this.buffer = arena.bytes(bytes);
    this.batch.buffer = this.buffer;
  }
}
