import { DaemonError } from "../daemon/errors.ts";
import type { Logger } from "../daemon/log.ts";
import { isSupervised } from "../daemon/parent.ts";
import type { ServiceManager } from "../daemon/service-manager.ts";
import { terminalIsGone } from "../daemon/stop.ts";
import type { Reloader, ReloadReport } from "./reloader.ts";
import { reportLines } from "./report-text.ts";

export interface HangUpDeps {
  readonly log: Logger;
  readonly manager: ServiceManager;
  /** What the service manager shows before and afterwards. */
  readonly status: string;
}

/**
 * Reloads at SIGHUP, unless that says that the terminal is gone. What is wrong is logged, and the daemon goes on.
 * Returns what reloads for a command, logged alike.
 */
export function reloadAtHangUp(reloader: Reloader, { log, manager, status }: HangUpDeps): () => Promise<ReloadReport> {
  const reload = async (): Promise<ReloadReport> => {
    manager.reloading();
    try {
      const report = await reloader.reload();
      for (const line of reportLines(report)) {
        if (report.restart.length > 0) log.warn(line);
        else log.info(line);
      }
      return report;
    } catch (error) {
      log.error(`the configuration was not read again, and nothing has changed: ${(error as Error).message}`);
      throw error;
    } finally {
      manager.ready(status);
    }
  };
  process.on("SIGHUP", () => {
    // A child has a parent that reloads.
    if (!isSupervised() && !terminalIsGone()) reload().catch(() => undefined);
  });
  return reload;
}

/** The answer of a daemon that has not started yet. @throws DaemonError `no-reload` */
export function starting(): never {
  throw new DaemonError("no-reload", "the daemon is starting; try again");
}
