import type { Arena } from "../cache/arena.ts";
import type { FlowTable } from "../cache/flow-table.ts";
import { ENCODED_BYTES_MAX, LEAVING_MAX } from "../wasm/meter-layout.ts";
import type { MeterKernel } from "../wasm/meter-wasm.ts";

/** Records of one table that are exported together: up to `LEAVING_MAX`, first in, first out. */
export class LeavingRecords {
  count = 0;
  readonly ids: Uint32Array;
  /** flowEndReason of each. */
  readonly reasons: Uint8Array;
  /** Where the kernel writes them as they are in a datagram. */
  readonly staging: Uint8Array;
  /** Views of the first bytes of `staging` by their number, each made once: as many as there are counts, for either family. */
  private readonly views = new Map<number, Uint8Array>();
  /** Null: each is written by TypeScript. */
  kernel: MeterKernel | null = null;

  constructor(arena: Arena) {
    this.ids = arena.uint32(LEAVING_MAX);
    this.reasons = arena.bytes(LEAVING_MAX);
    this.staging = arena.bytes(LEAVING_MAX * ENCODED_BYTES_MAX);
  }

  get isFull(): boolean {
    return this.count === LEAVING_MAX;
  }

  push(id: number, endReason: number): void {
    this.ids[this.count] = id;
    this.reasons[this.count] = endReason;
    this.count++;
  }

  /** Writes `count` records from number `from` on at `at` of `target`, as the plain templates of v9 or IPFIX have them. */
  encode(
    kernel: MeterKernel,
    table: FlowTable,
    version: 9 | 10,
    from: number,
    count: number,
    target: Uint8Array,
    at: number,
  ): void {
    const bytes = kernel.encode(table, version, from, count);
    let view = this.views.get(bytes);
    if (view === undefined) this.views.set(bytes, (view = this.staging.subarray(0, bytes)));
    target.set(view, at);
  }
}
