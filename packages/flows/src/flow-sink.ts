import type { FlowBatch } from "./flow-batch.ts";

/** Where a collector puts flow rows. Implemented by the store's spool. */
export interface FlowSink {
  /**
   * Copies the rows of `batch` before returning; never blocks. Returns the number of rows accepted. It is
   * less than `batch.rows` only when the sink's bound is reached; the caller counts the other rows as lost.
   */
  write(batch: FlowBatch): number;
  /** How much of the sink's bound is in use, 0 to 1. Absent where it has no bound. */
  readonly fill?: number;
}
