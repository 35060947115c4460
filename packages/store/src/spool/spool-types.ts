import type { Log } from "@ngflow/base";
import type { FlowSink } from "@ngflow/flows";
import type { BlockFile } from "./block-file.ts";

export interface SpoolConfig {
  /** Created if absent. */
  readonly directory: string;
  /** The ledger of the store that takes the blocks: where the total of acknowledged rows goes on at start. */
  readonly ledgerFile?: string;
  /**
   * Whether blocks have the total of acknowledged rows in their names. False for blocks that go to the directory of
   * another spool, which counts. Default true.
   */
  readonly counted?: boolean;
  /** Most bytes of block files waiting in the directory. Default 4 GiB. At the bound rows are refused and counted. */
  readonly maxBytes?: number;
  /**
   * Longest time a row waits in memory before it is written, in milliseconds. Default 400. It is ten times longer while
   * more than 256 blocks wait in the directory: then no ingester keeps up, and fewer, larger blocks are stored faster.
   */
  readonly flushMs?: number;
  /**
   * Rows of a full block. Default 262,144 (77 MiB in memory). The store needs less time a row for a larger block. The
   * first blocks have fewer, and so have those of a slow stream: memory is taken when it is needed.
   */
  readonly blockRows?: number;
  /**
   * Most bytes in memory that wait to be written, fields without a column (`Extra`) included. Default: an eighth of the
   * memory available at start, at least 128 MiB and at most 1 GiB. At the bound rows are refused and counted. Two
   * blocks may always wait; a block whose rows all have such fields is up to 36 MiB larger.
   */
  readonly maxPendingBytes?: number;
}

export interface SpoolDeps {
  readonly log?: Log;
  /** Called after a block is safe on disk. */
  readonly onBlock?: (block: BlockFile) => void;
  /** Unix milliseconds; the system clock when absent. */
  readonly nowMs?: () => number;
  /** Is given the memory of large blocks before it is used, to ask the system for large pages. */
  readonly advise?: (memory: Uint8Array) => void;
}

/** Totals since start, and the state now. `rowsTaken` = `rowsAcknowledged` + `pendingRows` + `rowsLost`. */
export interface SpoolStats {
  /** Rows that `write` accepted. */
  readonly rowsTaken: number;
  /** Rows in block files that survive a crash: fsync of file and directory returned. */
  readonly rowsAcknowledged: number;
  /** Rows refused because memory was full: writing to disk was too slow, or failed. */
  readonly rowsRefusedMemory: number;
  /** Rows refused because the directory reached its bound: no ingester runs, or it is too slow. */
  readonly rowsRefusedDirectory: number;
  /** Rows that were still in memory at `stop` and could not be written. */
  readonly rowsLost: number;
  /** Block files written since start. */
  readonly blocksWritten: number;
  /** Their bytes. */
  readonly bytesWritten: number;
  /** Failed attempts to write a block; each is repeated. */
  readonly writeErrors: number;
  /** Rows in memory that are not in a block file yet. */
  readonly pendingRows: number;
  /** Bytes of block files in the directory, as of the last flush or refusal. */
  readonly directoryBytes: number;
  /** Unix milliseconds of the last acknowledged row, null before the first. */
  readonly lastSeenMs: number | null;
}

export interface Spool extends FlowSink {
  /** Creates the directory and checks that it can be written. @throws NgflowError (cannotCreate). */
  start(): Promise<void>;
  /** Writes pending rows and stops. Rows that cannot be written now are lost and counted. */
  stop(): Promise<void>;
  /** Resolves when every row accepted so far is acknowledged. @throws the write error that prevents it. */
  flush(): Promise<void>;
  /** Uses another `maxBytes` from the next row on. */
  limit(maxBytes?: number): void;
  stats(): SpoolStats;
}
