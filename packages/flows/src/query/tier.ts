import type { ColumnName } from "../columns.ts";

/**
 * A table of flows, or of their sums by time (a roll-up). A row of a roll-up stands for all flows with the same
 * dimensions in one bin of time: `TimeStart` is the first millisecond of the bin, `Bytes` and `Packets` are the part of
 * the flows that is in it, already multiplied by the sampling rate. One more column, `Flows`, counts the flows that
 * ended in the bin. Flows that last long have no part in roll-ups: a tier without a resolution that is not the first
 * one has copies of them.
 */
export interface Tier {
  /** Name in answers. */
  readonly name: string;
  /** Name of the table in the database. */
  readonly table: string;
  /** Width of a bin in milliseconds; null when a row is one flow. */
  readonly resolutionMs: number | null;
  /** Columns of COLUMNS that the table has: the dimensions of a roll-up, with Bytes and Packets. */
  readonly columns: readonly ColumnName[];
  /**
   * A roll-up whose SrcPort and DstPort are 0 where they are not the port of the service: of such rows ServicePort and
   * Side are those of the flows, and nothing else of the ports is known.
   */
  readonly servicePorts?: true;
  /** Days a row is kept after it was received by default; 0 means forever. */
  readonly retentionDays: number;
  /** The roll-up with the same or more dimensions and smaller bins that this one is summed from; absent: the flows. */
  readonly from?: string;
}

/** The first tier has every flow and every column, so it can answer every query. */
export type Tiers<T extends Tier = Tier> = readonly [T, ...T[]];
