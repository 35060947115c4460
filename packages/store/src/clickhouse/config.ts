import type { Tiers } from "@ngflow/flows";
import type { KeyHash } from "./wide-groups.ts";

export interface ClickHouseStoreConfig {
  /** Spool directory to take blocks from. */
  readonly spoolDirectory: string;
  /** Where every row is counted that was taken. */
  readonly ledgerFile: string;
  /**
   * Days a row is kept after it was received, unless its tier sets another number. 0 keeps rows forever. Default 30.
   */
  readonly retentionDays?: number;
  /** Days that rows of the roll-ups are kept, by the name of the tier; 0 is forever. Default: that of the tier. */
  readonly tierDays?: Readonly<Record<string, number>>;
  /**
   * Days that addresses of hosts are kept: no tier that has them is kept for longer, and copies of long flows lose
   * theirs. 0 is as long as the rows. Default 0.
   */
  readonly addressDays?: number;
  /** Most bytes of stored rows; above it whole days are dropped, oldest first. 0 means no limit. Default 0. */
  readonly maxBytes?: number;
  /** Least bytes free on the disk; below it whole days are dropped, oldest first. 0 means no limit. Default 0. */
  readonly minFreeBytes?: number;
  /**
   * Longest time that a block waits in the spool, in milliseconds; after it the block is dropped instead of stored, and
   * its rows are counted. 0 means no limit. Default 0.
   */
  readonly spoolMaxAgeMs?: number;
  /**
   * False drops nothing, whatever its age; `status` shows the limits of the last process that drops. For commands that
   * only read. Default true.
   */
  readonly drop?: boolean;
  /** Longest time of one query, in milliseconds. Only for messages: the client enforces it. Default 30,000. */
  readonly queryTimeoutMs?: number;
  /** Longest time between two polls of the spool, in milliseconds. Default 150. */
  readonly pollMs?: number;
  /** False leaves blocks in the spool until `drain` is called. Default true. */
  readonly ingest?: boolean;
  /** Takes over a database that has the flows of another data directory. Default false. */
  readonly takeOver?: boolean;
  /** Whether this is the end of a restore, which opens what other processes must not. Default false. */
  readonly restoring?: boolean;
  /** Tables to fill and to query. Default: every tier. */
  readonly tiers?: Tiers;
  /** How wide keys are hashed when the largest groups are looked for. Default: the database's CityHash of 64 bits. */
  readonly keyHash?: KeyHash;
}
