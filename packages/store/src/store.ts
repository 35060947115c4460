import type { Log } from "@ngflow/base";
import type { FlowReader } from "@ngflow/flows";

/** Counters of a store. Those named `…Total` count what is stored now; the others count since start. */
export interface StoreStats {
  readonly rowsStored: number;
  readonly blocksStored: number;
  /** Block files set aside because their checksum or content was wrong, and their rows according to their names. */
  readonly blocksDamaged: number;
  readonly rowsDamaged: number;
  /** Failed attempts to store a block; each is repeated. */
  readonly insertErrors: number;
  /** Rows dropped because the store was too large or the disk too full; not those dropped because of their age. */
  readonly rowsDropped: number;
  /** Block files waiting in the spool. */
  readonly backlogBlocks: number;
  readonly backlogBytes: number;
  /** Unix milliseconds of the last stored block, null before the first. */
  readonly lastSeenMs: number | null;
  /** Rows in the store. */
  readonly rowsTotal: number;
  /** Bytes of the store on disk. */
  readonly bytesTotal: number;
  /** Parts of the store; they grow without bound only if merging fails. */
  readonly partsTotal: number;
}

export interface StoreDeps {
  readonly log?: Log;
  /** Unix milliseconds; the system clock when absent. */
  readonly nowMs?: () => number;
}

/** A store of flows: it takes block files from a spool and answers queries. */
export interface Store extends FlowReader {
  /** Opens the store and starts to take blocks. Safe to call twice. @throws NgflowError. */
  start(): Promise<void>;
  /** Finishes the current block and closes. Safe to call twice. */
  stop(): Promise<void>;
  /** Polls the spool now. */
  poke(): void;
  /** Resolves when all blocks that are in the spool at the time of the call can be queried. */
  drain(): Promise<void>;
  /** Rows of an answer as a Parquet file; dimensions may be null (the group of all others). */
  parquet(columns: readonly string[], rows: readonly object[]): Promise<Uint8Array>;
  stats(): Promise<StoreStats>;
}
