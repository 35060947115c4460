import { createCollector } from "@ngflow/collector";
import type { ExporterStatus } from "@ngflow/flows";
import { createSpool, spoolDirectory } from "@ngflow/store";
import { join } from "node:path";
import type { HostPort } from "../options/options.ts";
import { systemClock } from "./clock.ts";
import { DaemonError } from "./errors.ts";
import type { Logger } from "./log.ts";
import type { HopFacts } from "./pipeline.ts";
import { type RunFile, runFile } from "./run-files.ts";

export interface CollectConfig {
  readonly dataDirectory: string;
  readonly listen: readonly HostPort[];
}

/** What a collecting process says of itself once a second, for a `serve` in another process. */
export interface CollectorState {
  readonly pid: number;
  readonly collector: HopFacts;
  readonly spool: HopFacts;
  readonly exporters: readonly ExporterStatus[];
}

export interface CollectDaemon {
  /** UDP ports in the order of `listen`; those given as 0 are chosen by the system. */
  readonly ports: readonly number[];
  /** What it has received and passed on so far. */
  state(): CollectorState;
  /** Decodes what has arrived, makes it safe on disk and ends. Safe to call twice. */
  stop(): Promise<void>;
}

const STATE_MS = 1000;
/** A state so old is that of a collector that was killed, even if another process has its number by now. */
const STATE_OLD_MS = 5 * STATE_MS;

/** Where the collector of a data directory tells of itself. */
export function collectorFile(dataDirectory: string): RunFile<CollectorState> {
  return runFile<CollectorState>(dataDirectory, "collect");
}

/** One collector for a data directory: two would overwrite each other's templates and state. @throws NgflowError */
function checkAlone(dataDirectory: string): void {
  const pid = collectorFile(dataDirectory).read(STATE_OLD_MS)?.pid;
  if (pid === undefined || pid === process.pid) return;
  throw new DaemonError(
    "collector-held",
    `collector: ${dataDirectory} is used by the collector of process ${pid}; stop it, or choose another directory with --data`,
  );
}

/**
 * Listeners, decoder and spool.
 *
 * @throws NgflowError when a port is in use, or the data directory cannot be written or has a collector already.
 */
export async function startCollect(config: CollectConfig, log: Logger): Promise<CollectDaemon> {
  checkAlone(config.dataDirectory);
  const spool = createSpool({ directory: spoolDirectory(config.dataDirectory) }, { log });
  await spool.start();
  const collector = createCollector(
    { listen: config.listen, stateDir: join(config.dataDirectory, "collector") },
    { sink: spool, clock: systemClock, log },
  );
  await collector.start().catch(async (error: unknown) => {
    await spool.stop();
    throw error;
  });
  const file = collectorFile(config.dataDirectory);
  const state = (): CollectorState => {
    const { lastSeenMs, ...counters } = spool.stats();
    return {
      pid: process.pid,
      collector: { counters: collector.counters(), lastSeenMs: collector.lastSeenMs() },
      spool: { counters, lastSeenMs },
      get exporters() {
        return collector.exporters();
      },
    };
  };
  let told = true;
  const tell = (): void => {
    try {
      file.write(state());
      told = true;
    } catch (error) {
      // Said once per outage, not once a second.
      if (told) log.warn({ err: (error as Error).message }, "cannot write the collector's state");
      told = false;
    }
  };
  tell();
  const timer = setInterval(tell, STATE_MS);
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    clearInterval(timer);
    await collector.stop();
    await spool.stop();
    file.remove();
  }

  return {
    ports: collector.listening().map(({ port }) => port),
    state,
    stop: () => (stopped ??= stop()),
  };
}
