import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import path from "node:path";
import { encodeNative, type FlowBatch, ROW_BYTES } from "@ngflow/flows";
import { type Log, silentLog } from "@ngflow/base";
import { StoreError } from "../errors.ts";
import { makeDirectory } from "../make-directory.ts";
import { readAcknowledged } from "../ledger/ledger-file.ts";
import { BlockBatches } from "./block-batches.ts";
import {
  type BlockFile,
  type BlockSizes,
  listBlockFiles,
  listSpool,
  placeBlock,
  removeAbandoned,
  removeUnplaced,
  type UnplacedBlock,
  writeUnplaced,
} from "./block-file.ts";
import { defaultPendingBytes } from "./pending-bytes.ts";
import { type SpoolOutages, spoolOutages } from "./spool-outages.ts";
import type { Spool, SpoolConfig, SpoolDeps, SpoolStats } from "./spool-types.ts";

const DIRECTORY_MODE = 0o750;
/** Block files that wait for a store, unless said otherwise. */
const MAX_BYTES = 4 * 2 ** 30;
/** Waits between attempts to write a block that failed. */
const RETRY_MS = [250, 500, 1000, 2000, 5000] as const;
/** With more waiting blocks than this, no ingester seems to keep up. */
const MANY_BLOCKS = 256;
/** Then the directory is not read more often than this. */
const MEASURE_MS = 5000;
/** While rows are refused because the directory is full, it is measured this often to find room again. */
const FULL_MEASURE_MS = 1000;
/** Blocks that are written to disk at the same time. */
const WRITES_AT_A_TIME = 3;
/** So many batches may wait to be written, whatever their size. */
const BATCHES_MIN = 2;

/** Rows to checksummed block files: the write-ahead log of the store (docs/decisions/0002-chdb-and-spool.md). */
export function createSpool(config: SpoolConfig, deps: SpoolDeps = {}): Spool {
  return new DirectorySpool(config, deps);
}

class DirectorySpool implements Spool {
  readonly #directory: string;
  readonly #ledgerFile: string | undefined;
  readonly #counted: boolean;
  #maxBytes: number;
  readonly #flushMs: number;
  readonly #maxPendingBytes: number;
  readonly #deps: SpoolDeps;
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #outages: SpoolOutages;

  /** Batch being filled; undefined when memory is full. */
  #current: FlowBatch | undefined;
  /** Full or timed-out batches in order. */
  readonly #sealed: FlowBatch[] = [];
  /** The first of them are being written. */
  readonly #unplaced: Promise<UnplacedBlock>[] = [];
  readonly #batches: BlockBatches;
  #flushTimer: NodeJS.Timeout | undefined;
  /** The batch being filled is due, but earlier blocks are not written yet, so it is filled further. */
  #due = false;
  #retryTimer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #failures = 0;
  #stopped = false;
  #sequence = 0;
  /** Rows acknowledged in this data directory, also before this start. */
  #total = 0;

  #rowsTaken = 0;
  #rowsAcknowledged = 0;
  #rowsRefusedMemory = 0;
  #rowsRefusedDirectory = 0;
  #rowsLost = 0;
  #blocksWritten = 0;
  #bytesWritten = 0;
  #writeErrors = 0;
  #directoryBytes = 0;
  #directoryBlocks = 0;
  readonly #sizes: BlockSizes = new Map();
  #measuredMs = 0;
  #measuring: Promise<void> | undefined;
  #lastSeenMs: number | null = null;

  constructor(config: SpoolConfig, deps: SpoolDeps) {
    this.#directory = config.directory;
    this.#ledgerFile = config.ledgerFile;
    this.#counted = config.counted ?? true;
    this.#maxBytes = config.maxBytes ?? MAX_BYTES;
    this.#flushMs = config.flushMs ?? 400;
    this.#batches = new BlockBatches(config.blockRows ?? 262_144, deps.advise);
    this.#maxPendingBytes = config.maxPendingBytes ?? defaultPendingBytes();
    this.#deps = deps;
    this.#log = deps.log ?? silentLog;
    this.#nowMs = deps.nowMs ?? Date.now;
    this.#outages = spoolOutages(this.#log);
  }

  async start(): Promise<void> {
    try {
      await makeDirectory(this.#directory, DIRECTORY_MODE);
      await access(this.#directory, constants.W_OK | constants.X_OK);
      await removeAbandoned(this.#directory);
    } catch (cause) {
      throw new StoreError(
        "spool-directory",
        `spool: ${this.#directory} cannot be written (${(cause as Error).message}); choose another with --data or fix its owner`,
        { cause },
      );
    }
    await this.#measureDirectory();
    await this.#findTotal();
    this.#stopped = false;
  }

  write(batch: FlowBatch): number {
    if (this.fill >= 1) {
      this.#refuseAll(batch.rows);
      return 0;
    }
    let taken = 0;
    while (taken < batch.rows) {
      const current = (this.#current ??= this.#newBatch());
      if (!current) break;
      taken += current.append(batch, taken, batch.rows - taken);
      if (current.isFull) this.#seal();
    }
    this.#rowsTaken += taken;
    if (taken < batch.rows) this.#refuseRest(batch.rows - taken);
    else if (this.#outages.memoryFull.lasts) this.#outages.memoryFull.end(this.#nowMs());
    if (this.#outages.directoryFull.lasts) this.#outages.directoryFull.end(this.#nowMs());
    if (this.#current && this.#current.rows > 0 && !this.#flushTimer && !this.#due) {
      const waitMs = this.#directoryBlocks > MANY_BLOCKS ? 10 * this.#flushMs : this.#flushMs;
      this.#flushTimer = setTimeout(() => this.#timeOut(), waitMs);
    }
    return taken;
  }

  /** Of the bytes of block files, which wait in the directory or in memory. */
  get fill(): number {
    const pendingBytes = this.#sealed.reduce((sum, batch) => sum + batch.usedBytes, this.#current?.usedBytes ?? 0);
    return (this.#directoryBytes + pendingBytes) / this.#maxBytes;
  }

  limit(maxBytes = MAX_BYTES): void {
    this.#maxBytes = maxBytes;
  }

  async flush(): Promise<void> {
    this.#seal();
    while (this.#sealed.length > 0) {
      const errors = this.#writeErrors;
      clearTimeout(this.#retryTimer);
      this.#retryTimer = undefined;
      await this.#startWriting();
      if (this.#writeErrors !== errors) throw this.#lastError;
    }
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    try {
      await this.flush();
    } catch (error) {
      this.#rowsLost += this.#pendingRows();
      this.#log.warn({ rows: this.#pendingRows(), error }, "spool: rows lost at stop because they cannot be written");
      this.#sealed.length = 0;
      this.#current = undefined;
    }
    clearTimeout(this.#flushTimer);
    clearTimeout(this.#retryTimer);
    this.#flushTimer = this.#retryTimer = undefined;
  }

  stats(): SpoolStats {
    return {
      rowsTaken: this.#rowsTaken,
      rowsAcknowledged: this.#rowsAcknowledged,
      rowsRefusedMemory: this.#rowsRefusedMemory,
      rowsRefusedDirectory: this.#rowsRefusedDirectory,
      rowsLost: this.#rowsLost,
      blocksWritten: this.#blocksWritten,
      bytesWritten: this.#bytesWritten,
      writeErrors: this.#writeErrors,
      pendingRows: this.#pendingRows(),
      directoryBytes: this.#directoryBytes,
      lastSeenMs: this.#lastSeenMs,
    };
  }

  #lastError: unknown;

  #pendingRows(): number {
    return this.#sealed.reduce((sum, batch) => sum + batch.rows, this.#current?.rows ?? 0);
  }

  /**
   * Refuses rows because the directory is full. Nothing is written then, so the directory is measured here: another
   * process may have made room.
   */
  #refuseAll(rows: number): void {
    const nowMs = this.#nowMs();
    this.#rowsRefusedDirectory += rows;
    this.#outages.directoryFull.occurred(nowMs, rows, { directory: this.#directory, bytes: this.#directoryBytes });
    if (this.#measuring || Math.abs(nowMs - this.#measuredMs) < FULL_MEASURE_MS) return;
    this.#measuring = this.#measureDirectory()
      .catch((error: unknown) => this.#log.warn({ directory: this.#directory, error }, "spool: cannot be measured"))
      .finally(() => (this.#measuring = undefined));
  }

  /** Refuses rows because memory is full of rows that are not written yet. */
  #refuseRest(rows: number): void {
    this.#rowsRefusedMemory += rows;
    this.#outages.memoryFull.occurred(this.#nowMs(), rows, { pendingRows: this.#pendingRows() });
  }

  /** Undefined when the batches that wait leave no room for another. */
  #newBatch(): FlowBatch | undefined {
    const heldBytes = this.#sealed.reduce((sum, batch) => sum + batch.memoryBytes, 0);
    const isOver = heldBytes + this.#batches.rows * ROW_BYTES > this.#maxPendingBytes;
    return isOver && this.#sealed.length >= BATCHES_MIN ? undefined : this.#batches.take();
  }

  #timeOut(): void {
    this.#flushTimer = undefined;
    if (this.#sealed.length === 0) this.#seal();
    else this.#due = true;
  }

  /** Passes the batch being filled to the writer. */
  #seal(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    this.#due = false;
    if (!this.#current || this.#current.rows === 0) return;
    this.#batches.follow(this.#current);
    this.#sealed.push(this.#current);
    this.#current = undefined;
    if (this.#retryTimer) return;
    if (this.#failures === 0) this.#writeAhead();
    void this.#startWriting();
  }

  #startWriting(): Promise<void> {
    this.#writing ??= this.#writeSealed().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /**
   * Writes sealed batches until none is left or a write fails, which is tried again later. Several are written at a
   * time, because the disk then needs less time for each. They get their names in order: after a crash, a block is
   * never there without those before it.
   */
  async #writeSealed(): Promise<void> {
    while (this.#sealed.length > 0) {
      try {
        // It may have been removed while the process runs.
        if (this.#failures > 0) await makeDirectory(this.#directory, DIRECTORY_MODE);
        this.#writeAhead();
        const batch = this.#sealed[0]!;
        const unplaced = await this.#unplaced[0]!;
        const name = {
          madeMs: this.#nowMs(),
          sequence: this.#sequence++,
          rows: batch.rows,
          total: this.#counted ? this.#total + batch.rows : null,
        };
        const block = await placeBlock(this.#directory, name, unplaced);
        this.#unplaced.shift();
        this.#sealed.shift();
        if (this.#due && this.#sealed.length === 0) this.#seal();
        this.#acknowledge(block);
        this.#batches.keep(batch);
        if (this.#directoryBlocks <= MANY_BLOCKS || this.#nowMs() - this.#measuredMs > MEASURE_MS)
          await this.#measureDirectory();
      } catch (error) {
        await this.#removeUnplaced();
        this.#refused(error);
        return;
      }
    }
  }

  /** Begins to write the bytes of sealed batches, several at a time. */
  #writeAhead(): void {
    while (this.#unplaced.length < Math.min(WRITES_AT_A_TIME, this.#sealed.length)) {
      const { bytes, rows, extra, blank } = this.#sealed[this.#unplaced.length]!;
      const memory = this.#batches.takeMemory();
      const pieces = encodeNative(bytes, rows, extra, blank, memory);
      const writing = writeUnplaced(this.#directory, randomBytes(8).toString("hex"), pieces).finally(() => {
        this.#batches.keepMemory(memory);
      });
      // Its failure is seen when it is its turn.
      writing.catch(() => undefined);
      this.#unplaced.push(writing);
    }
  }

  /** After a failure everything is written again. */
  async #removeUnplaced(): Promise<void> {
    for (const written of await Promise.allSettled(this.#unplaced.splice(0))) {
      if (written.status === "fulfilled") await removeUnplaced(written.value).catch(() => undefined);
    }
  }

  #acknowledge(block: BlockFile): void {
    this.#outages.cannotWrite.end(this.#nowMs());
    this.#failures = 0;
    this.#rowsAcknowledged += block.name.rows;
    this.#total += block.name.rows;
    this.#blocksWritten++;
    this.#bytesWritten += block.bytes;
    this.#directoryBytes += block.bytes;
    this.#sizes.set(path.basename(block.file), block.bytes);
    this.#directoryBlocks++;
    this.#lastSeenMs = this.#nowMs();
    this.#deps.onBlock?.(block);
  }

  #refused(error: unknown): void {
    this.#lastError = error;
    this.#writeErrors++;
    this.#outages.cannotWrite.occurred(this.#nowMs(), 0, { directory: this.#directory, error });
    const waitMs = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)]!;
    this.#failures++;
    if (this.#stopped) return;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      void this.#startWriting();
    }, waitMs);
  }

  /** Goes on with the total of earlier runs. A block leaves the directory after the ledger has it: read that second. */
  async #findTotal(): Promise<void> {
    for (const { name } of await listBlockFiles(this.#directory)) this.#total = Math.max(this.#total, name.total ?? 0);
    if (this.#ledgerFile !== undefined) this.#total = Math.max(this.#total, await readAcknowledged(this.#ledgerFile));
  }

  /** Reads the directory each time, because another process may be ingesting. */
  async #measureDirectory(): Promise<void> {
    this.#measuredMs = this.#nowMs();
    const { blocks } = await listSpool(this.#directory, this.#sizes);
    this.#directoryBytes = blocks.reduce((sum, block) => sum + block.bytes, 0);
    this.#directoryBlocks = blocks.length;
  }
}
