import { rm } from "node:fs/promises";
import path from "node:path";
import { type Log, silentLog } from "@ngflow/base";
import type { Ledger } from "../ledger/ledger.ts";
import { Outage } from "../outage.ts";
import {
  type BlockFile,
  type BlockSizes,
  checkBlockFile,
  listDamaged,
  listSpool,
  setAside,
  takeBack,
} from "./block-file.ts";
import type { TimeRange } from "./block-layout.ts";
import type { BlockName } from "./block-name.ts";
import { DeletedFiles } from "./deleted-files.ts";
import { inTurn } from "./in-turn.ts";
import {
  type BlockBackend,
  BlockFailedError,
  type Ingester,
  type IngesterConfig,
  type IngesterDeps,
  type IngesterStats,
} from "./ingester-types.ts";
import { OldBlocks } from "./old-blocks.ts";

/** Waits between attempts after a failure. */
const RETRY_MS = [100, 250, 500, 1000, 2000, 5000] as const;
/** A block is set aside when it failed this often by itself while other blocks were stored. */
const BLOCK_FAILURES_MAX = 5;
/** Blocks that are counted with one write of the ledger, at most. */
const BLOCKS_PER_SAVE = 16;
const SET_ASIDE = "store: a damaged block was set aside in spool/damaged";

/** The backend did not store a block. `cause` is its error. */
class StoringError extends Error {}

/** Moves block files into a backend, oldest first unless many wait, one at a time, each exactly once. */
export function createIngester(config: IngesterConfig, backend: BlockBackend, deps: IngesterDeps): Ingester {
  return new DirectoryIngester(config, backend, deps);
}

class DirectoryIngester implements Ingester {
  readonly #directory: string;
  readonly #sizes: BlockSizes = new Map();
  readonly #pollMs: number;
  readonly #backend: BlockBackend;
  readonly #ledger: Ledger;
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #deps: IngesterDeps;
  readonly #cannotStore: Outage;
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
  /** Blocks of the last poll that are not stored yet, by id. */
  #waiting = new Map<string, BlockFile>();
  /** Failures of blocks that are not explained by anything outside the block, by id. */
  readonly #blockFailures = new Map<string, number>();
  /** Blocks that are counted, but not in the file of the ledger yet. */
  readonly #counted = new Map<string, BlockFile>();
  readonly #deleted: DeletedFiles;
  readonly #old: OldBlocks;
  #stats = {
    blocksStored: 0,
    rowsStored: 0,
    blocksDamaged: 0,
    rowsDamaged: 0,
    insertErrors: 0,
    lastSeenMs: null as number | null,
  };

  constructor(config: IngesterConfig, backend: BlockBackend, deps: IngesterDeps) {
    this.#directory = config.directory;
    this.#pollMs = config.pollMs ?? 150;
    this.#backend = backend;
    this.#ledger = deps.ledger;
    this.#deps = deps;
    this.#log = deps.log ?? silentLog;
    this.#nowMs = deps.nowMs ?? Date.now;
    this.#deleted = new DeletedFiles(config.directory, deps.ledger);
    this.#old = new OldBlocks(deps, this.#log);
    this.#cannotStore = new Outage(this.#log, {
      started: "store: cannot store a block; it stays in the spool and will be tried again",
      lasts: "store: still cannot store a block; trying again",
      ended: "store: blocks are stored again",
    });
  }

  async look(): Promise<void> {
    const { blocks } = await listSpool(this.#directory, this.#sizes);
    this.#uncertain = new Set(blocks.map((block) => block.name.id));
    this.#wait(blocks);
  }

  async start(): Promise<void> {
    if (this.#running) return;
    await this.look();
    await this.#deleted.forgetEarlier((id) => this.#waiting.has(id));
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
    let left: readonly string[] | undefined;
    do {
      const errors = this.#stats.insertErrors;
      await this.#look();
      if (this.#stats.insertErrors !== errors) throw this.#lastError;
      left ??= [...this.#waiting.keys()];
    } while (!this.#stopping && left.some((id) => this.#waiting.has(id)));
  }

  async takeBack(): Promise<number> {
    await this.#round;
    const blocks = await listDamaged(this.#directory);
    let taken = 0;
    for (const block of blocks) {
      if (typeof (await checkBlockFile(block)) === "string") continue;
      this.#ledger.takeBack(block.name);
      this.#old.keep(block.name.id);
      await this.#ledger.save();
      // Some of its rows may have been stored.
      if (this.#uncertain !== "all") this.#uncertain.add(block.name.id);
      await takeBack(this.#directory, block.file);
      taken++;
    }
    if (taken > 0) this.#log.info({ blocks: taken }, "store: blocks that had been set aside are in the spool again");
    this.poke();
    return taken;
  }

  *waiting(): Iterable<BlockName> {
    for (const { name } of this.#waiting.values()) yield name;
  }

  stats(): IngesterStats {
    let backlogBytes = 0;
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const { bytes, name } of this.#waiting.values()) {
      backlogBytes += bytes;
      oldestMs = Math.min(oldestMs, name.madeMs);
    }
    const backlogMs = this.#waiting.size === 0 ? 0 : Math.max(0, this.#nowMs() - oldestMs);
    const { rowsDropped: rowsDroppedWaiting } = this.#old;
    return { ...this.#stats, rowsDroppedWaiting, backlogBlocks: this.#waiting.size, backlogBytes, backlogMs };
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void this.#look().finally(() => {
        if (!this.#running) return;
        const idleMs = this.#waiting.size > 0 ? 0 : this.#pollMs;
        this.#schedule(this.#failures === 0 ? idleMs : RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1]!);
      });
    }, delayMs);
  }

  #look(): Promise<void> {
    this.#round ??= this.#storeWaiting().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  #wait(blocks: readonly BlockFile[]): void {
    this.#waiting = new Map(blocks.map((block) => [block.name.id, block]));
    this.#ledger.see(this.waiting());
  }

  async #storeWaiting(): Promise<void> {
    try {
      const { blocks, strange } = await listSpool(this.#directory, this.#sizes);
      this.#wait(blocks);
      const skipped: unknown[] = [];
      for (const file of strange) await this.#setStrangeAside(file).catch((error: unknown) => skipped.push(error));
      // Of others the database may have rows: it is asked when it is their turn.
      await this.#drop(blocks.filter((block) => this.#old.includes(block) && !this.#maybeStored(block)));
      const left = blocks.filter(({ name }) => this.#waiting.has(name.id));
      await this.#storeAll(this.#byFailures(inTurn(left)), skipped).finally(() => this.#settle());
      if (skipped.length > 0) throw skipped[0];
      this.#failures = 0;
      this.#cannotStore.end(this.#nowMs());
    } catch (error) {
      this.#lastError = error;
      this.#stats.insertErrors++;
      this.#failures++;
      this.#cannotStore.occurred(this.#nowMs(), 0, { directory: this.#directory, error });
    }
  }

  #maybeStored({ name }: BlockFile): boolean {
    return this.#uncertain === "all" || this.#uncertain.has(name.id);
  }

  /** Drops blocks that waited for too long, also while the database is away. */
  async #drop(blocks: readonly BlockFile[]): Promise<void> {
    if (blocks.length === 0) return;
    await this.#old.drop(blocks);
    for (const { name } of blocks) {
      this.#waiting.delete(name.id);
      this.#gone(name.id);
    }
    await this.#deleted.sync();
  }

  /** Blocks that failed by themselves come last, so that the others are not kept waiting. */
  #byFailures(blocks: readonly BlockFile[]): readonly BlockFile[] {
    if (this.#blockFailures.size === 0) return blocks;
    const failures = ({ name }: BlockFile): number => this.#blockFailures.get(name.id) ?? -1;
    return blocks.toSorted((a, b) => failures(a) - failures(b));
  }

  /**
   * A file that cannot be read or moved is skipped. After an error of the backend the round ends: it would occur with
   * the next block too.
   */
  async #storeAll(blocks: readonly BlockFile[], skipped: unknown[]): Promise<void> {
    let stored = 0;
    for (const block of blocks) {
      if (this.#stopping) return;
      try {
        const found = await checkBlockFile(block);
        if (typeof found === "string") await this.#setAside(block, found);
        else if (this.#ledger.isSettled(block.name.id)) this.#count(block);
        else {
          await this.#storeOrDrop(block, found, stored > 0);
          stored++;
        }
      } catch (error) {
        if (error instanceof StoringError) throw error.cause;
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") skipped.push(error);
      }
      if (this.#counted.size >= BLOCKS_PER_SAVE) await this.#settle();
    }
  }

  /** A block that waited for too long is stored all the same if the database has rows of it. @throws StoringError. */
  async #storeOrDrop(block: BlockFile, range: TimeRange, othersWork: boolean): Promise<void> {
    if (this.#old.includes(block)) {
      const hasRows = await this.#backend.hasRows(block, range).catch((cause: unknown): never => {
        throw new StoringError("not known", { cause });
      });
      if (!hasRows) return this.#drop([block]);
    }
    await this.#storeBlock(block, range, othersWork);
  }

  /** `othersWork`: another block was stored in this round. @throws StoringError. */
  async #storeBlock(block: BlockFile, range: TimeRange, othersWork: boolean): Promise<void> {
    const { id } = block.name;
    const { exclusive = (step) => step() } = this.#deps;
    try {
      await exclusive(() => this.#insert(block, range));
    } catch (error) {
      if (this.#uncertain !== "all") this.#uncertain.add(id);
      if (!(error instanceof BlockFailedError)) throw new StoringError("not stored", { cause: error });
      const failures = (this.#blockFailures.get(id) ?? 0) + (othersWork ? 1 : 0);
      this.#blockFailures.set(id, failures);
      if (failures < BLOCK_FAILURES_MAX) throw new StoringError("not stored", { cause: error });
      await this.#setAside(block, `it failed ${failures} times while others were stored: ${error.message}`);
      return;
    }
    this.#count(block);
  }

  async #insert(block: BlockFile, range: TimeRange): Promise<void> {
    const days = await this.#backend.insertBlock(block, range, this.#maybeStored(block));
    const { storedMs = this.#nowMs, isPlausible = () => true } = this.#deps;
    this.#ledger.store(block.name, days, storedMs(), isPlausible);
    this.#deps.onStored?.(block.name, range);
    this.#stats.blocksStored++;
    for (const rows of days.values()) this.#stats.rowsStored += rows;
    this.#stats.lastSeenMs = this.#nowMs();
  }

  /** The ledger has the block; its file is deleted once that is durable. */
  #count(block: BlockFile): void {
    this.#waiting.delete(block.name.id);
    this.#counted.set(block.name.id, block);
  }

  /** Makes the ledger durable, then deletes the files of the blocks that it has. */
  async #settle(): Promise<void> {
    if (this.#counted.size === 0) return;
    await this.#deps.beforeSettled?.();
    await this.#ledger.save();
    for (const [id, { file }] of this.#counted) {
      await rm(file, { force: true });
      this.#counted.delete(id);
      this.#gone(id);
    }
    await this.#deleted.sync();
  }

  /** The file of a block was deleted. */
  #gone(id: string): void {
    this.#deleted.add(id);
    this.#blockFailures.delete(id);
    if (this.#uncertain !== "all") this.#uncertain.delete(id);
  }

  /** After a crash between the two steps, the total in a later name has the rows of the block. */
  async #setAside(block: BlockFile, reason: string): Promise<void> {
    const { id, rows } = block.name;
    await setAside(this.#directory, block.file);
    this.#ledger.setAside(block.name);
    this.#waiting.delete(id);
    this.#blockFailures.delete(id);
    this.#stats.blocksDamaged++;
    this.#stats.rowsDamaged += rows;
    this.#log.warn({ file: path.basename(block.file), rows, reason }, SET_ASIDE);
    await this.#ledger.save();
    this.#ledger.forget([id]);
  }

  async #setStrangeAside(file: string): Promise<void> {
    await setAside(this.#directory, file);
    this.#stats.blocksDamaged++;
    this.#log.warn({ file: path.basename(file), rows: 0, reason: "it is not a file" }, SET_ASIDE);
  }
}
