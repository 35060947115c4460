import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock, Log } from "@ngflow/base";
import type { FlowDecoder } from "../flow-decoder.ts";
import { OTHERS_DIRECTORY, OTHER_TEMPLATES, OWN_TEMPLATES_FILE } from "./file-names.ts";
import { readTemplateFile, writeTemplateFile } from "./template-file.ts";

/** Also without a change the file is written so often, so that others see that templates are still sent. */
const REFRESH_MS = 60_000;

interface SharedFilesDeps {
  readonly decoder: FlowDecoder;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Passes on what a collector knows of exporters, and takes what others know, by way of files: another process brings
 * them to and from the place that the collectors share. Nothing here is done on the way of a datagram.
 */
export class SharedFiles {
  readonly #stateDir: string;
  readonly #deps: SharedFilesDeps;
  readonly #read = new Map<string, string>();
  #busy = false;
  #written = -1;
  #writtenAtMs = Number.NEGATIVE_INFINITY;
  #isLogged = false;

  constructor(stateDir: string, deps: SharedFilesDeps) {
    this.#stateDir = stateDir;
    this.#deps = deps;
  }

  /** Reads the files that have changed, and writes its own. Call it again and again; `given` after sessions changed. */
  async step(given: () => void): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const names = await filesOf(join(this.#stateDir, OTHERS_DIRECTORY));
      if (names === undefined) return;
      for (const name of names) await this.#readOther(name, given);
      for (const name of this.#read.keys()) {
        if (names.includes(name)) continue;
        this.#read.delete(name);
        await this.#replace(name, [], given);
      }
      await this.#writeOwn();
      this.#isLogged = false;
    } catch (error) {
      if (!this.#isLogged)
        this.#deps.log.warn(
          { err: error, stateDir: this.#stateDir },
          "templates cannot be shared with other collectors",
        );
      this.#isLogged = true;
    } finally {
      this.#busy = false;
    }
  }

  async #readOther(name: string, given: () => void): Promise<void> {
    const directory = join(this.#stateDir, OTHERS_DIRECTORY);
    const stat = statSync(join(directory, name), { throwIfNoEntry: false });
    const seen = stat === undefined ? "" : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    if (stat === undefined || this.#read.get(name) === seen) return;
    this.#read.set(name, seen);
    const warn = (reason: string): void =>
      this.#deps.log.warn({ file: name, reason }, "the templates of another collector cannot be read");
    await this.#replace(name, await readTemplateFile(directory, warn, name), given);
  }

  async #replace(name: string, saved: Awaited<ReturnType<typeof readTemplateFile>>, given: () => void): Promise<void> {
    for (const _ of this.#deps.decoder.shared.replace(name, saved)) await nextTurn();
    given();
  }

  async #writeOwn(): Promise<void> {
    const { decoder, clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    const { changes } = decoder.templates;
    if (changes === this.#written && nowMs - this.#writtenAtMs < REFRESH_MS) return;
    await writeTemplateFile(this.#stateDir, decoder.shared.own(), OWN_TEMPLATES_FILE);
    this.#written = changes;
    this.#writtenAtMs = nowMs;
  }
}

/** The files of other collectors; undefined if nothing is shared. */
async function filesOf(directory: string): Promise<readonly string[] | undefined> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith(OTHER_TEMPLATES)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
