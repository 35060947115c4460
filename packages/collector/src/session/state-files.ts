import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock, Log } from "@ngflow/base";
import type { FlowDecoder } from "../flow-decoder.ts";
import { readNamesFile, writeNamesFile } from "./names-file.ts";
import { RunningTotals } from "./running-totals.ts";
import { readTemplateFile, writeTemplateFile } from "./template-file.ts";

/** Least time between two writes of the files. */
const SAVE_MS = 5000;
/** Saved sessions that are restored in one turn. */
const RESTORED_AT_A_TIME = 16;

const TOTALS_NOT_SAVED =
  "totals of running flows could not be saved; after a restart their flows may count again from their beginning";

/** What a `StateFiles` is given. */
export interface StateFilesDeps {
  readonly decoder: FlowDecoder;
  readonly clock: Clock;
  readonly log: Log;
  readonly batchRows: number;
}

/** The files in which a collector keeps what it knows of exporters: templates, names, totals of running flows. */
export class StateFiles {
  readonly #stateDir: string;
  readonly #deps: StateFilesDeps;
  #saving: Promise<void> = Promise.resolve();
  #savedAtMs = 0;
  /** Files that are being written, or wait for it. */
  #writes = 0;

  constructor(stateDir: string, deps: StateFilesDeps) {
    this.#stateDir = stateDir;
    this.#deps = deps;
  }

  /** Writes the files of templates and names that changed; at most every SAVE_MS unless `now`. */
  save(now: boolean): Promise<void> {
    const { decoder, clock } = this.#deps;
    const { templates, names, sessions } = decoder;
    const stateDir = this.#stateDir;
    const atMs = clock.monotonicMs();
    if (!templates.changed && !names.room.changed) return this.#saving;
    if (!now && (this.#writes > 0 || atMs - this.#savedAtMs < SAVE_MS)) return this.#saving;
    this.#savedAtMs = atMs;
    if (templates.changed) this.#write("templates", templates, () => writeTemplateFile(stateDir, decoder.saved()));
    if (names.room.changed) {
      const saved = names.saved(sessions.values());
      this.#write("names", names.room, () => writeNamesFile(stateDir, saved));
    }
    return this.#saving;
  }

  /** Writes a file after those that are being written. `what` is changed again if that fails. */
  #write(name: string, what: { changed: boolean }, write: () => Promise<void>): void {
    what.changed = false;
    this.#writes++;
    this.#saving = this.#saving
      .then(write)
      .catch((error: unknown) => {
        what.changed = true;
        const message = `${name} could not be saved; they will be learned again after a restart`;
        this.#deps.log.warn({ err: error, stateDir: this.#stateDir }, message);
      })
      .finally(() => this.#writes--);
  }

  /**
   * Reads the files.
   * @param withTotals whether totals of running flows are kept too: not for files, which are not read twice to go on
   *   where they ended
   */
  async restore(withTotals: boolean): Promise<void> {
    const { log, decoder } = this.#deps;
    const stateDir = this.#stateDir;
    if (withTotals) await this.#restoreTotals();
    const saved = await readTemplateFile(stateDir, (reason) => {
      log.warn({ stateDir, reason }, "template file is not usable; templates will be learned again");
    });
    const names = readNamesFile(stateDir, (reason) => {
      log.warn({ stateDir, reason }, "file of names is not usable; names will be learned again");
    });
    for (const each of names) decoder.names.wait(each);
    for (let i = 0; i < saved.length; i += RESTORED_AT_A_TIME) {
      decoder.restore(saved.slice(i, i + RESTORED_AT_A_TIME));
      await nextTurn();
    }
  }

  async #restoreTotals(): Promise<void> {
    const { log, clock, decoder, batchRows } = this.#deps;
    const stateDir = this.#stateDir;
    let isLogged = false;
    const totals = new RunningTotals(
      decoder.sessions,
      stateDir,
      2 * batchRows,
      () => clock.monotonicMs(),
      (err) => {
        if (!isLogged) log.warn({ err, stateDir }, TOTALS_NOT_SAVED);
        isLogged = true;
      },
    );
    decoder.runningTotals = totals;
    if (!(await totals.restore())) log.warn({ stateDir }, "the file of running totals is not usable; it is replaced");
  }
}
