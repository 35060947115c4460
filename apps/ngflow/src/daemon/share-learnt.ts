import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  NAMES_FILE,
  OTHER_NAMES,
  OTHER_TEMPLATES,
  OTHERS_DIRECTORY,
  OWN_TEMPLATES_FILE,
} from "@ngflow/collector/files";
import type { SharedKind, Store } from "@ngflow/store";
import { collectorState } from "./collector-state.ts";
import type { Logger } from "./log.ts";

/** Between two exchanges. */
const EVERY_MS = 2000;
/** A larger file is not passed on: a statement has it in memory. */
const MOST_BYTES = 32 * 1024 * 1024;
/** A collector without a name. */
const NO_NAME = "_";

/** What is shared: the file that the collector writes, and what the files of others end with. */
const KINDS: readonly (readonly [SharedKind, own: string, other: string])[] = [
  ["templates", OWN_TEMPLATES_FILE, OTHER_TEMPLATES],
  ["names", NAMES_FILE, OTHER_NAMES],
];

/**
 * Brings what the collector of a data directory has learnt of exporters to the collectors that keep flows in the same
 * database, and what they have learnt to files next to its own. The collector reads them; it never waits for the
 * database.
 */
export class LearntShare {
  readonly #store: Pick<Store, "exchange">;
  readonly #stateDir: string;
  readonly #log: Logger;
  readonly #given = new Map<SharedKind, string>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #running = false;
  #isLogged = false;

  constructor(store: Pick<Store, "exchange">, dataDirectory: string, log: Logger) {
    this.#store = store;
    this.#stateDir = collectorState(dataDirectory);
    this.#log = log;
  }

  /** Exchanges from time to time, unless the database is not shared: then nothing of others is left. */
  start(): void {
    this.#running = true;
    this.#schedule(0);
  }

  async stop(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    await this.#round;
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#round = this.#exchange().then((isShared) => {
        if (this.#running && isShared) this.#schedule(EVERY_MS);
      });
    }, delayMs);
    this.#timer.unref();
  }

  /** Whether there may be others. */
  async #exchange(): Promise<boolean> {
    const others = join(this.#stateDir, OTHERS_DIRECTORY);
    try {
      for (const [kind, own, other] of KINDS) {
        const { text, seen } = this.#changed(kind, own);
        const changed = await this.#store.exchange(kind, text);
        if (changed === undefined) {
          rmSync(others, { recursive: true, force: true });
          return false;
        }
        this.#given.set(kind, seen);
        mkdirSync(others, { recursive: true, mode: 0o750 });
        for (const [name, content] of changed) replaceFile(join(others, `${fileName(name)}${other}`), content);
      }
      this.#isLogged = false;
    } catch (error) {
      if (!this.#isLogged)
        this.#log.warn(
          { err: String(error) },
          "templates and names are not shared with other collectors; trying again",
        );
      this.#isLogged = true;
    }
    return true;
  }

  /** The text of a file, if it is another one than was given last. */
  #changed(kind: SharedKind, name: string): { readonly text: string | undefined; readonly seen: string } {
    const path = join(this.#stateDir, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    const seen = stat === undefined ? "" : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    if (stat === undefined || stat.size > MOST_BYTES || this.#given.get(kind) === seen)
      return { text: undefined, seen };
    return { text: readFileSync(path, "utf8"), seen };
  }
}

/** Names come from a table: nothing else becomes a part of a path. */
function fileName(collector: string): string {
  return /^[a-z0-9]{1,32}$/.test(collector) ? collector : NO_NAME;
}

/** Who reads it has the old or the new one. */
function replaceFile(path: string, content: string): void {
  writeFileSync(`${path}.tmp`, content, { mode: 0o640 });
  renameSync(`${path}.tmp`, path);
}
