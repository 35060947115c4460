/** Settings of the embedded store. */
export interface ChdbConfig {
  /** Directory of the database itself. Made when absent. */
  readonly directory: string;
  /** Days a row is kept after it was received; 0 keeps rows for ever. Default 30. */
  readonly retentionDays?: number;
  /** Most bytes of stored rows; above it whole days are dropped, oldest first. 0 is no limit. Default 0. */
  readonly maxBytes?: number;
  /** Least bytes free on the disk; below it whole days are dropped, oldest first. 0 is no limit. Default 0. */
  readonly minFreeBytes?: number;
  /** Most memory of all queries, inserts and merges together, in bytes. Default 1 GiB. */
  readonly maxMemoryBytes?: number;
  /** Most memory of one query, in bytes. Default 512 MiB. */
  readonly maxQueryMemoryBytes?: number;
  /** Longest time of one query, in milliseconds. Default 30,000. */
  readonly queryTimeoutMs?: number;
}

export const CHDB_DEFAULTS = {
  retentionDays: 30,
  maxBytes: 0,
  minFreeBytes: 0,
  maxMemoryBytes: 2 ** 30,
  maxQueryMemoryBytes: 2 ** 29,
  queryTimeoutMs: 30_000,
} as const satisfies Partial<ChdbConfig>;
