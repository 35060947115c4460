import { join } from "node:path";
import { Alerter, AlertFiles, type AlertsConfig, type AlertService, type Ask } from "@ngflow/alerts";
import { oldestBlockMs, SharedDatabase, spoolDirectory } from "@ngflow/store";
import type { Logger } from "./log.ts";

/** The alerts of a server: made once, with other rules later. */
interface MadeAlerts {
  make(ask: Ask): AlertService;
  /** As `Alerter.prepare`. */
  prepare(config: AlertsConfig): () => void;
}

/**
 * Makes the alerts of a data directory, for the server that has the store open.
 * @throws StoreError `store-url` for a place to share that is none
 */
export function alertsOf(config: AlertsConfig, dataDirectory: string, log: Logger): MadeAlerts {
  const spool = spoolDirectory(dataDirectory);
  const files = new AlertFiles(dataDirectory, log);
  const share =
    config.share === null ? undefined : new SharedDatabase(config.share, join(dataDirectory, ".share.json"));
  let made: Alerter | undefined;
  return {
    make: (ask) =>
      (made = new Alerter(config, {
        ...{ ask, files, log, share },
        nowMs: Date.now,
        waitingSinceMs: () => oldestBlockMs(spool),
      })),
    prepare: (after) => made?.prepare(after) ?? (() => undefined),
  };
}
