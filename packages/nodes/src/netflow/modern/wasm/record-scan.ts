import type { PacketColumns } from "@ngflow/wire/packet";
import type { Arena } from "../cache/arena.ts";
import { JUMP_US } from "../expiry/far-packets.ts";
import {
  SCAN_AT,
  SCAN_BLOCK_BYTES,
  SCAN_INDEX,
  SCAN_JUMP,
  SCAN_LAST,
  SCAN_LEAST,
  SCAN_LEFT,
  SCAN_LENGTHS,
  SCAN_NEXT,
  SCAN_OFFSETS,
  SCAN_SHARES,
  SCAN_STOPPED,
  SCAN_STOPPED_AT,
  SCAN_TIMES,
  SCAN_WIRE_LENGTHS,
} from "./meter-layout.ts";

/** Records of a batch: as many as readers of captures take at once. */
export const BATCH_RECORDS = 1024;

/** The function of `packages/nodes/wasm/scan.ts`; addresses are byte offsets into the arena. */
export type Scan = (block: number, buffer: number, at: number, end: number, looked: number) => number;

/**
 * WebAssembly takes packets out of the records of a pcap file: of link type Ethernet, little-endian, with microseconds.
 * Records that are cut, or longer than a packet can be, are left to the reader of the file.
 */
export class RecordScan {
  /** Element 0 is the time of the record that ended the latest `scan`, if one did (`stopped`). */
  readonly stoppedUs: Float64Array;
  private readonly scanRecords: Scan;
  private readonly memory: ArrayBufferLike;
  private readonly block: number;
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;

  /** @param arena has room for SCAN_BLOCK_BYTES */
  constructor(arena: Arena, scan: Scan) {
    this.scanRecords = scan;
    this.memory = arena.buffer;
    this.doubles = arena.float64(SCAN_BLOCK_BYTES / 8);
    this.block = this.doubles.byteOffset;
    this.words = new Int32Array(arena.buffer, this.block, SCAN_BLOCK_BYTES / 4);
    this.stoppedUs = this.doubles.subarray(SCAN_STOPPED_AT / 8, SCAN_STOPPED_AT / 8 + 1);
    this.doubles[SCAN_LAST / 8] = Number.NEGATIVE_INFINITY;
    this.doubles[SCAN_JUMP / 8] = JUMP_US;
    this.setShare(0, 1);
    this.stopAt(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  }

  /** Only the packets of share `index` of `count`, by `addressPairHash`, are taken; all records are looked at. */
  setShare(index: number, count: number): void {
    this.words[SCAN_INDEX / 4] = index;
    this.words[SCAN_SHARES / 4] = count;
  }

  /** A record of time `nextUs` or later, or before `leastUs`, ends a scan; microseconds. */
  stopAt(nextUs: number, leastUs: number): void {
    this.doubles[SCAN_NEXT / 8] = nextUs;
    this.doubles[SCAN_LEAST / 8] = leastUs;
  }

  /** How many records of the current batch are still to be looked at. */
  get left(): number {
    return this.words[SCAN_LEFT / 4]!;
  }

  /** `latestUs` of the records that were looked at; minus infinity before the first. */
  get lastUs(): number {
    return this.doubles[SCAN_LAST / 8]!;
  }

  set lastUs(us: number) {
    this.doubles[SCAN_LAST / 8] = us;
  }

  /** Whether the latest `scan` ended at a record because of its time. */
  get stopped(): boolean {
    return this.words[SCAN_STOPPED / 4] !== 0;
  }

  /** Looks at up to 1024 records from now on. */
  begin(): void {
    this.words[SCAN_LEFT / 4] = BATCH_RECORDS;
  }

  /**
   * Puts the packets of complete records from `at` to `end` of the batch's buffer into the batch, in the place of those
   * it had. Batch and buffer are in the arena; with others, no record is looked at.
   * @param looked the first record is taken whatever its time
   * @returns offset of the first record that was not looked at
   */
  scan(batch: PacketColumns, at: number, end: number, looked: boolean): number {
    const { words } = this;
    batch.count = 0;
    if (batch.offsets.buffer !== this.memory || batch.buffer.buffer !== this.memory) {
      words[SCAN_STOPPED / 4] = 0;
      return at;
    }
    words[SCAN_OFFSETS / 4] = batch.offsets.byteOffset;
    words[SCAN_LENGTHS / 4] = batch.lengths.byteOffset;
    words[SCAN_WIRE_LENGTHS / 4] = batch.wireLengths.byteOffset;
    words[SCAN_TIMES / 4] = batch.timesUs.byteOffset;
    batch.count = this.scanRecords(this.block, batch.buffer.byteOffset, at, end, looked ? 1 : 0);
    return words[SCAN_AT / 4]!;
  }
}
