import type { Ledger } from "../ledger/ledger.ts";
import { makeDirectory } from "../make-directory.ts";
import { syncDirectory } from "./block-file.ts";

/** Deleted files before the directory is synced, so that their ids need not be kept. */
const DELETED_PER_SYNC = 64;

/** Block files that are deleted: the ledger keeps their ids until that is durable. */
export class DeletedFiles {
  readonly #directory: string;
  readonly #ledger: Ledger;
  #ids: string[] = [];

  constructor(directory: string, ledger: Ledger) {
    this.#directory = directory;
    this.#ledger = ledger;
  }

  add(id: string): void {
    this.#ids.push(id);
  }

  /** Makes deletions durable when there are many. @throws the system's error. */
  async sync(): Promise<void> {
    if (this.#ids.length < DELETED_PER_SYNC) return;
    await syncDirectory(this.#directory);
    this.#ledger.forget(this.#ids);
    this.#ids = [];
  }

  /** At the start: ids that the ledger keeps from earlier runs, of files that are gone. @throws the system's error. */
  async forgetEarlier(isWaiting: (id: string) => boolean): Promise<void> {
    const gone = this.#ledger.settledIds().filter((id) => !isWaiting(id));
    if (gone.length === 0) return;
    await makeDirectory(this.#directory, 0o750);
    await syncDirectory(this.#directory);
    this.#ledger.forget(gone);
  }
}
