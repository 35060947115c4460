import { setTimeout as sleep } from "node:timers/promises";
import { NgflowError } from "@ngflow/base";
import { readPlace, type Store } from "@ngflow/store";
import { isImporting } from "../import/import-lock.ts";
import type { Logger } from "./log.ts";

/** Longest wait for an import that has the store open: it takes turns. */
const IMPORT_MS = 60_000;
const RETRY_MS = 200;
/** Between two tries to reach a server, and between two lines that say so. */
const AWAY_RETRY_MS = 2000;
const AWAY_LOG_MS = 60_000;

interface StartDeps {
  readonly log: Logger;
  /** Called at every try. */
  readonly alive: () => void;
  /** Resolves when somebody has asked to stop. Default: never. */
  readonly stopping?: Promise<unknown> | undefined;
}

/**
 * Starts a store. If an import has it open, this waits for the end of its turn; if it is on a server that had flows of
 * the data directory before and does not answer, until it does: flows wait in the spool. @throws the error of the
 * store.
 */
export async function startStore(store: Store, dataDirectory: string, deps: StartDeps): Promise<void> {
  const { log, alive } = deps;
  const importEndMs = performance.now() + IMPORT_MS;
  let isStopping = false;
  void deps.stopping?.then(() => (isStopping = true));
  let toldMs = Number.NEGATIVE_INFINITY;
  const tell = (everyMs: number, told: () => void): void => {
    if (performance.now() - toldMs < everyMs) return;
    toldMs = performance.now();
    told();
  };
  for (;;) {
    try {
      return await store.start();
    } catch (error) {
      const code = error instanceof NgflowError ? error.code : undefined;
      if (isStopping) throw error;
      if (code === "store-held" && performance.now() < importEndMs && isImporting(dataDirectory)) {
        tell(Number.POSITIVE_INFINITY, () => log.info("an import has the store open; this waits for its turn to end"));
        await sleep(RETRY_MS);
      } else if (code === "store-unreachable" && readPlace(dataDirectory) !== undefined) {
        tell(AWAY_LOG_MS, () => log.warn({ err: (error as Error).message }, "flows wait in the spool; trying again"));
        await Promise.race([sleep(AWAY_RETRY_MS), deps.stopping ?? new Promise(() => undefined)]);
      } else throw error;
      alive();
    }
  }
}
