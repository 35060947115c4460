import type { ColumnName } from "../columns.ts";

/**
 * A table of flows. A tier with a resolution is a roll-up: each of its rows stands for all flows with the same
 * dimensions in one bin of time. `TimeStart` is the first millisecond of the bin and `TimeEnd` its last. The counters
 * are the part of the flows that is in the bin, already multiplied by the sampling rate. One more column, `Flows`,
 * counts the flows that ended in the bin.
 */
export interface Tier {
  /** Name in answers. */
  readonly name: string;
  /** Name of the table in the database. */
  readonly table: string;
  /** Width of a bin in milliseconds; null when a row is one flow. */
  readonly resolutionMs: number | null;
  /** Columns of COLUMNS that the table has. Those of role `time` are required. */
  readonly columns: readonly ColumnName[];
  /** Days a row is kept after it was received; 0 means forever, null means the setting of the store. */
  readonly retentionDays: number | null;
}

/** The first tier has every flow and every column, so it can answer every query. */
export type Tiers<T extends Tier = Tier> = readonly [T, ...T[]];
