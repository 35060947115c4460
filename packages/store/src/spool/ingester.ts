import { rename, rm } from "node:fs/promises";
import { type Log, silentLog } from "@ngflow/base";
import { type BlockFile, DAMAGED, listBlockFiles, syncDirectory, verifyBlockFile } from "./block-file.ts";

/** What an ingester needs of a backend. */
export interface BlockBackend {
  /**
   * Stores the rows of a block; once it returns they survive a crash. With `maybeStored`, an earlier attempt may have
   * stored some or all of them, and those must not be stored twice.
   * @throws BlockRefusedError when the content can never be stored; after any other error the block is tried again.
   */
  insertBlock(block: BlockFile, maybeStored: boolean): Promise<void>;
}

/** The backend can never store this block, so it is not tried again. */
export class BlockRefusedError extends Error {}

export interface IngesterConfig {
  /** Directory of a spool, of this process or another. */
  readonly directory: string;
  /** Longest time between two polls of the directory, in milliseconds. Default 150. */
  readonly pollMs?: number;
}

/** Totals since start, and the backlog as of the last poll. */
export interface IngesterStats {
  readonly blocksStored: number;
  readonly rowsStored: number;
  /** Block files set aside as `.damaged`: content and checksum differ, or the backend refuses the content. */
  readonly blocksDamaged: number;
  /** Rows of those files, according to their names. */
  readonly rowsDamaged: number;
  /** Failed attempts to store a block; each is repeated. */
  readonly insertErrors: number;
  readonly backlogBlocks: number;
  readonly backlogBytes: number;
  /** Unix milliseconds of the last stored block, null before the first. */
  readonly lastSeenMs: number | null;
}

export interface Ingester {
  start(): Promise<void>;
  /** Finishes the current block and stops; the other blocks stay in the directory. */
  stop(): Promise<void>;
  /** Polls the directory now. */
  poke(): void;
  /** Resolves when all blocks present at the time of the call are stored. @throws the error that prevents it. */
  drain(): Promise<void>;
  stats(): IngesterStats;
}

/** Waits between attempts after a failure. */
const RETRY_MS = [100, 250, 500, 1000, 2000, 5000] as const;

/** Moves block files into a backend, oldest first, one at a time, each exactly once. */
export function createIngester(
  config: IngesterConfig,
  backend: BlockBackend,
  deps: { readonly log?: Log; readonly nowMs?: () => number } = {},
): Ingester {
  return new DirectoryIngester(config, backend, deps.log ?? silentLog, deps.nowMs ?? Date.now);
}

class DirectoryIngester implements Ingester {
  readonly #directory: string;
  readonly #pollMs: number;
  readonly #backend: BlockBackend;
  readonly #log: Log;
  readonly #nowMs: () => number;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #stopping = false;
  #round: Promise<void> | undefined;
  #failures = 0;
  #lastError: unknown;
  /**
   * Block ids that may already be in the store. After a start that is all of them, because a previous process may have
   * died just after an insert; later it is those whose insert failed.
   */
  #uncertain: Set<string> | "all" = "all";
  #stats = {
    blocksStored: 0,
    rowsStored: 0,
    blocksDamaged: 0,
    rowsDamaged: 0,
    insertErrors: 0,
    backlogBlocks: 0,
    backlogBytes: 0,
    lastSeenMs: null as number | null,
  };

  constructor(config: IngesterConfig, backend: BlockBackend, log: Log, nowMs: () => number) {
    this.#directory = config.directory;
    this.#pollMs = config.pollMs ?? 150;
    this.#backend = backend;
    this.#log = log;
    this.#nowMs = nowMs;
  }

  async start(): Promise<void> {
    if (this.#running) return;
    const waiting = await listBlockFiles(this.#directory);
    this.#uncertain = new Set(waiting.map((block) => block.name.id));
    this.#running = true;
    this.#stopping = false;
    this.#schedule(0);
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#stopping = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  poke(): void {
    if (this.#running && !this.#round && this.#failures === 0) this.#schedule(0);
  }

  async drain(): Promise<void> {
    await this.#round;
    const errors = this.#stats.insertErrors;
    await this.#look();
    if (this.#stats.insertErrors !== errors) throw this.#lastError;
  }

  stats(): IngesterStats {
    return { ...this.#stats };
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void this.#look().finally(() => {
        if (!this.#running) return;
        this.#schedule(this.#failures === 0 ? this.#pollMs : RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1]!);
      });
    }, delayMs);
  }

  #look(): Promise<void> {
    this.#round ??= this.#storeWaiting().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #storeWaiting(): Promise<void> {
    try {
      const waiting = await listBlockFiles(this.#directory);
      this.#stats.backlogBlocks = waiting.length;
      this.#stats.backlogBytes = waiting.reduce((sum, block) => sum + block.bytes, 0);
      let unread: { readonly error: unknown } | undefined;
      for (const block of waiting) {
        if (this.#stopping) return;
        // A file that cannot be read is skipped. After an error of the backend the round ends: it would fail on the
        // next block too.
        const whole = await verifyBlockFile(block).catch((error: unknown) => {
          unread = { error };
        });
        if (whole === undefined) continue;
        await this.#storeBlock(block, whole);
        this.#stats.backlogBlocks--;
        this.#stats.backlogBytes -= block.bytes;
      }
      if (unread) throw unread.error;
      this.#failures = 0;
    } catch (error) {
      this.#lastError = error;
      this.#stats.insertErrors++;
      if (this.#failures++ === 0)
        this.#log.warn({ error }, "store: cannot store a block; it stays in the spool and will be tried again");
    }
  }

  async #storeBlock(block: BlockFile, whole: boolean): Promise<void> {
    const { id, rows } = block.name;
    if (!whole) return this.#setAside(block, "its checksum does not match");
    const maybeStored = this.#uncertain === "all" || this.#uncertain.has(id);
    try {
      await this.#backend.insertBlock(block, maybeStored);
    } catch (error) {
      if (error instanceof BlockRefusedError) return this.#setAside(block, error.message);
      if (this.#uncertain !== "all") this.#uncertain.add(id);
      throw error;
    }
    // After a crash from here on, the file remains though its rows are stored; the next start checks before it inserts.
    if (this.#uncertain !== "all") this.#uncertain.add(id);
    await rm(block.file, { force: true });
    if (this.#uncertain !== "all") this.#uncertain.delete(id);
    this.#stats.blocksStored++;
    this.#stats.rowsStored += rows;
    this.#stats.lastSeenMs = this.#nowMs();
  }

  async #setAside(block: BlockFile, reason: string): Promise<void> {
    await rename(block.file, `${block.file}${DAMAGED}`);
    await syncDirectory(this.#directory);
    this.#stats.blocksDamaged++;
    this.#stats.rowsDamaged += block.name.rows;
    this.#log.warn({ file: block.file, reason }, "store: a damaged block was set aside");
  }
}
