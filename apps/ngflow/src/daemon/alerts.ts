import { join } from "node:path";
import { Alerter, AlertFiles, type AlertsConfig, type AlertService, type Ask } from "@ngflow/alerts";
import { oldestBlockMs, SharedDatabase, spoolDirectory } from "@ngflow/store";
import type { Logger } from "./log.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The alerts of a server: made once, with other rules later. */
interface MadeAlerts {
  make(ask: Ask): AlertService;
  /** As `Alerter.prepare`. */
  prepare(config: AlertsConfig): () => void;
  /** Forgets alerts that are older than addresses are kept, now and once an hour. `days` says how long that is. */
  keepAddresses(days: () => Promise<number>): { stop(): void };
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
    keepAddresses(days) {
      const remove = async (): Promise<void> => {
        const kept = await days();
        const removed = kept === 0 ? 0 : (made?.removeAddresses(Date.now() - kept * DAY_MS) ?? 0);
        if (removed > 0) log.info({ removed }, "alerts: removed old ones that name addresses");
      };
      // A store that does not answer is asked again.
      const look = (): void => void remove().catch(() => undefined);
      const timer = setInterval(look, HOUR_MS);
      timer.unref();
      look();
      return { stop: () => clearInterval(timer) };
    },
    prepare: (after) => made?.prepare(after) ?? (() => undefined),
  };
}
