import type { Arena } from "../cache/arena.ts";
import { LEAVING_MAX } from "../wasm/meter-layout.ts";

/** Records of one table that are exported together: up to `LEAVING_MAX`, first in, first out. */
export class LeavingRecords {
  count = 0;
  readonly ids: Uint32Array;
  /** flowEndReason of each. */
  readonly reasons: Uint8Array;

  constructor(arena: Arena) {
    this.ids = arena.uint32(LEAVING_MAX);
    this.reasons = arena.bytes(LEAVING_MAX);
  }

  get isFull(): boolean {
    return this.count === LEAVING_MAX;
  }

  push(id: number, endReason: number): void {
    this.ids[this.count] = id;
    this.reasons[this.count] = endReason;
    this.count++;
  }
}
