import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FlowBatch, type FlowSink } from "@ngflow/flows";
import { createSpool, parseBlockName, type Spool } from "@ngflow/store";
import type { Imported, Journal } from "./journal.ts";

/** Rows of a step at least. */
const STEP_ROWS = 262_144;
/** More blocks than this that wait for the store are not made. */
const BLOCKS_WAITING = 64;
const WAIT_MS = 100;
const PIECE_ROWS = 4096;

/**
 * Takes the rows of a source. Those that were imported before are left out: the same content gives the same rows in the
 * same order. The others become blocks in a staging directory, and move to the spool once the journal has them.
 */
export class Stage implements FlowSink {
  readonly #journal: Journal;
  readonly #directory: string;
  readonly #spoolDirectory: string;
  readonly #waiting: (blocks: number) => void;
  readonly #spool: Spool;
  readonly #piece = new FlowBatch(PIECE_ROWS);
  #toSkip = 0;
  #seen = 0;
  #staged = 0;
  /** Rows of the source that were imported before, or are in the blocks of a step. */
  #durable = 0;

  /** `waiting` is told after each step how many blocks wait for a store. */
  constructor(journal: Journal, directory: string, spoolDirectory: string, waiting: (blocks: number) => void) {
    this.#journal = journal;
    this.#directory = directory;
    this.#spoolDirectory = spoolDirectory;
    this.#waiting = waiting;
    this.#spool = createSpool({ directory, counted: false, flushMs: 3_600_000, maxBytes: Number.MAX_SAFE_INTEGER });
  }

  /** Completes the last step of an earlier process, and removes what had not become one. @throws the system's error. */
  async start(): Promise<void> {
    mkdirSync(this.#spoolDirectory, { recursive: true, mode: 0o750 });
    await this.#spool.start();
    const last = new Set(this.#journal.lastBlocks);
    for (const name of this.#blocks()) {
      if (last.has(name)) this.#move(name);
      else rmSync(path.join(this.#directory, name));
    }
  }

  stop(): Promise<void> {
    return this.#spool.stop();
  }

  /** A source begins, of which `known` rows were imported before. */
  begin(known: number): void {
    this.#toSkip = known;
    this.#seen = 0;
    this.#durable = known;
  }

  /** Rows of the source so far. */
  get rows(): number {
    return this.#seen;
  }

  /** Rows of the source that were not imported before. */
  get newRows(): number {
    return Math.max(0, this.#seen - this.#toSkip);
  }

  /** 1 when `step` is due. */
  get fill(): number {
    return this.#staged >= STEP_ROWS ? 1 : 0;
  }

  write(batch: FlowBatch): number {
    const skipped = Math.min(batch.rows, Math.max(0, this.#toSkip - this.#seen));
    this.#seen += batch.rows;
    for (let at = skipped; at < batch.rows;) {
      this.#piece.rows = 0;
      const taken = this.#piece.append(batch, at, batch.rows - at);
      // The spool has room for two blocks, and a step is one.
      if (this.#spool.write(this.#piece) < taken) throw new Error("import: the staging spool refused rows");
      at += taken;
      this.#staged += taken;
    }
    return batch.rows;
  }

  /** Makes the rows so far durable and gives them to the store. @throws the system's error. */
  async step(source: Omit<Imported, "rows" | "atMs">): Promise<void> {
    await this.#spool.flush();
    const blocks = this.#blocks();
    // Rows that came meanwhile may be in the blocks or not.
    this.#durable += blocks.reduce((sum, name) => sum + (parseBlockName(name)?.rows ?? 0), 0);
    this.#staged = Math.max(0, this.#seen - this.#durable);
    this.#journal.step({ ...source, rows: this.#durable, atMs: Date.now() }, blocks);
    for (const name of blocks) this.#move(name);
    for (;;) {
      const blocks = readdirSync(this.#spoolDirectory).filter(isBlock).length;
      this.#waiting(blocks);
      if (blocks <= BLOCKS_WAITING) return;
      await sleep(WAIT_MS);
    }
  }

  #blocks(): string[] {
    return readdirSync(this.#directory).filter(isBlock).sort();
  }

  #move(name: string): void {
    renameSync(path.join(this.#directory, name), path.join(this.#spoolDirectory, name));
  }
}

const isBlock = (name: string): boolean => name.endsWith(".native");
