import type { Log } from "@ngflow/base";
import type { Ledger, RowsByDay } from "../ledger/ledger.ts";
import type { Day } from "../ledger/ledger-file.ts";
import type { BlockFile } from "./block-file.ts";
import type { TimeRange } from "./block-layout.ts";
import type { BlockName } from "./block-name.ts";

/** What an ingester needs of a backend. */
export interface BlockBackend {
  /**
   * Stores the rows of a block, which were received in `range`; once it returns they survive a crash. With
   * `maybeStored`, an earlier attempt may have stored some or all of them, and those must not be stored twice. Returns
   * the rows that the database has of the block.
   * @throws BlockFailedError when it may be the fault of the block. After any error the block is tried again.
   */
  insertBlock(block: BlockFile, range: TimeRange, maybeStored: boolean): Promise<RowsByDay>;

  /** Whether the database has rows of a block. @throws its error. */
  hasRows(block: BlockFile, range: TimeRange): Promise<boolean>;
}

/** The backend did not store this block, and nothing outside the block explains it. */
export class BlockFailedError extends Error {}

export interface IngesterConfig {
  /** Directory of a spool, of this process or another. */
  readonly directory: string;
  /** Longest time between two polls of the directory, in milliseconds. Default 150. */
  readonly pollMs?: number;
}

export interface IngesterDeps {
  /** Where every block is counted before its file is deleted. */
  readonly ledger: Ledger;
  readonly log?: Log;
  /** Unix milliseconds; the system clock when absent. */
  readonly nowMs?: () => number;
  /** The time that rows of a day that is not plausible are kept from, and which days are plausible (default: all). */
  readonly storedMs?: () => number;
  readonly isPlausible?: (day: Day) => boolean;
  /** Whether a block that was made at this time, Unix milliseconds, has waited for too long. Default: none has. */
  readonly isTooOld?: (madeMs: number) => boolean;
  /** A block was stored and counted; its rows were received in the range. */
  readonly onStored?: (block: BlockName, range: TimeRange) => void;
  /** Called before blocks that are stored are counted for good and their files deleted. */
  readonly beforeSettled?: () => Promise<void>;
  /** Runs a step while nothing else changes the rows of the database. */
  readonly exclusive?: <T>(step: () => Promise<T>) => Promise<T>;
}

/** Totals since start, and the backlog as of the last poll. */
export interface IngesterStats {
  /** Blocks of rows that the database took. */
  readonly blocksStored: number;
  /** Rows that the database had of these blocks after they were inserted. */
  readonly rowsStored: number;
  /** Block files that were set aside: content and checksum differ, the backend refuses it, or it is not a file. */
  readonly blocksDamaged: number;
  /** Rows of those files, according to their names. */
  readonly rowsDamaged: number;
  /** Rows dropped since start because they waited in the spool for longer than `spool-max-age`. */
  readonly rowsDroppedWaiting: number;
  /** Failed attempts to store a block; each is repeated. */
  readonly insertErrors: number;
  /** Blocks in the spool that are not stored yet. */
  readonly backlogBlocks: number;
  /** Their bytes. */
  readonly backlogBytes: number;
  /** Milliseconds that the oldest of them has waited. */
  readonly backlogMs: number;
  /** Unix milliseconds of the last stored block, null before the first. */
  readonly lastSeenMs: number | null;
}

export interface Ingester {
  /** Looks at what waits, before the start or instead of it. */
  look(): Promise<void>;
  start(): Promise<void>;
  /** Finishes the current block and stops; the other blocks stay in the directory. */
  stop(): Promise<void>;
  /** Polls the directory now. */
  poke(): void;
  /** Resolves when all blocks present at the time of the call are stored. @throws the error that prevents it. */
  drain(): Promise<void>;
  /** Puts blocks that were set aside and are whole back into the spool. Returns their number. */
  takeBack(): Promise<number>;
  /** Names of the blocks that wait, as of the last poll. */
  waiting(): Iterable<BlockName>;
  stats(): IngesterStats;
}
