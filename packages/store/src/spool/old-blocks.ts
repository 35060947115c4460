import { rm } from "node:fs/promises";
import type { Log } from "@ngflow/base";
import type { Ledger } from "../ledger/ledger.ts";
import type { BlockFile } from "./block-file.ts";
import type { IngesterDeps } from "./ingester-types.ts";

/** Blocks that waited in the spool for too long: they are counted and deleted instead of stored. */
export class OldBlocks {
  readonly #ledger: Ledger;
  readonly #log: Log;
  readonly #isTooOld: NonNullable<IngesterDeps["isTooOld"]>;
  /** Ids of blocks that are stored however old. */
  readonly #kept = new Set<string>();
  #rowsDropped = 0;

  constructor({ ledger, isTooOld = () => false }: Pick<IngesterDeps, "ledger" | "isTooOld">, log: Log) {
    this.#ledger = ledger;
    this.#log = log;
    this.#isTooOld = isTooOld;
  }

  /** Rows dropped since start. */
  get rowsDropped(): number {
    return this.#rowsDropped;
  }

  /** A block is to be stored, however old. */
  keep(id: string): void {
    this.#kept.add(id);
  }

  /** Whether a block is not to be stored. */
  includes({ name }: BlockFile): boolean {
    return this.#isTooOld(name.madeMs) && !this.#kept.has(name.id) && !this.#ledger.isSettled(name.id);
  }

  /** Counts blocks as dropped and deletes their files. @throws the system's error. */
  async drop(blocks: readonly BlockFile[]): Promise<void> {
    let rows = 0;
    for (const { name } of blocks) {
      this.#ledger.dropWaiting(name);
      rows += name.rows;
    }
    await this.#ledger.save();
    this.#rowsDropped += rows;
    this.#log.warn({ blocks: blocks.length, rows }, "store: dropped blocks that waited longer than spool-max-age");
    for (const { file } of blocks) await rm(file, { force: true });
  }
}
