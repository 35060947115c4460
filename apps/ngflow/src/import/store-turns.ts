import { NgflowError } from "@ngflow/base";
import { databaseError } from "@ngflow/store";
import { commandStore } from "../store/command-store.ts";

/** With so many blocks in the spool, the store takes a turn. */
const BLOCKS = 16;

/**
 * Stores the blocks of a spool where no daemon has the data directory open: the store is opened for a turn, takes what
 * waits, and is closed again, so that a daemon can start meanwhile. A turn while a daemon has it does nothing.
 */
export class StoreTurns {
  readonly #directory: string;
  #turn: Promise<void> | undefined;
  #error: unknown;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** So many blocks wait. A turn begins if they are many and none is under way. @throws the error of the last turn. */
  waiting(blocks: number): void {
    if (this.#error !== undefined) throw this.#error;
    if (blocks >= BLOCKS) this.#begin();
  }

  /** A turn for what waits now. @throws its error. */
  async take(): Promise<void> {
    await this.#turn;
    await this.#begin();
    if (this.#error !== undefined) throw this.#error;
  }

  /** Resolves when no turn is under way. */
  async end(): Promise<void> {
    await this.#turn;
  }

  #begin(): Promise<void> {
    this.#turn ??= this.#store()
      .catch((error: unknown) => void (this.#error = error))
      .finally(() => (this.#turn = undefined));
    return this.#turn;
  }

  async #store(): Promise<void> {
    const store = await commandStore(this.#directory);
    try {
      await store.start();
    } catch (error) {
      if (error instanceof NgflowError && error.code === "store-held") return;
      throw error;
    }
    try {
      await store.drain();
      await store.rollUp();
    } catch (error) {
      throw databaseError(error, "; what was read waits in the spool, and the next start stores it");
    } finally {
      await store.stop();
    }
  }
}
