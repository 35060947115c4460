/** What a store keeps of a tier. Days are days received, UTC, as `YYYY-MM-DD`. */
export interface TierStatus {
  readonly name: string;
  /** Days a row is kept after it was received; 0 is forever. */
  readonly keepDays: number;
  /** The oldest and the newest day that has rows; null if there are none. */
  readonly from: string | null;
  readonly to: string | null;
  readonly rows: number;
  /** Bytes on disk. */
  readonly bytes: number;
  /** Bytes on disk per row; null without rows. In the first tier a row is a flow. */
  readonly bytesPerRow: number | null;
}

/** A day that was removed. */
export interface RemovedDay {
  readonly tier: string;
  readonly day: string;
  readonly rows: number;
  /** `age`: it was older than the retention. `quota`: the store was too large, or the disk too full. */
  readonly rule: "age" | "quota";
  /** ISO 8601 UTC. */
  readonly time: string;
}

/** What a store keeps, its limits, and what it removed. */
export interface StoreStatus {
  readonly tiers: readonly TierStatus[];
  /** Most bytes of all tiers; 0 is no limit. */
  readonly maxBytes: number;
  /** Least bytes free on the disk; 0 is no limit. */
  readonly minFreeBytes: number;
  /** Bytes free on the disk of the store. */
  readonly freeBytes: number;
  /** Rows in the spool that are not stored yet. */
  readonly rowsWaiting: number;
  /** Rows that were stored and cannot be read. */
  readonly rowsMissing: number;
  /** The last days that were removed, newest first. */
  readonly removed: readonly RemovedDay[];
}
