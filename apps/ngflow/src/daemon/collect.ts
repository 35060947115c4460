import { createCollector } from "@ngflow/collector";
import type { ExporterStatus } from "@ngflow/flows";
import { createSpool, ledgerFile, spoolDirectory } from "@ngflow/store";
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

/** State that a collecting process writes once a second, for a `serve` in another process. */
export interface CollectorState {
  readonly pid: number;
  readonly collector: HopFacts;
  readonly spool: HopFacts;
  readonly exporters: readonly ExporterStatus[];
}

export interface CollectDaemon {
  /** UDP ports in the order of `listen`; the system chooses a port for 0. */
  readonly ports: readonly number[];
  /** Its counters so far. */
  state(): CollectorState;
  /** Decodes pending datagrams, writes them to the spool and ends. Safe to call twice. */
  stop(): Promise<void>;
}

const STATE_MS = 1000;
/** A state older than this belongs to a collector that was killed, even if another process has its id now. */
const STATE_OLD_MS = 5 * STATE_MS;

/** The state file of the collector of a data directory. */
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
  const spool = createSpool(
    { directory: spoolDirectory(config.dataDirectory), ledgerFile: ledgerFile(config.dataDirectory) },
    { log },
  );
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
  let written = true;
  const writeState = (): void => {
    try {
      file.write(state());
      written = true;
    } catch (error) {
      // Logged once per outage, not once a second.
      if (written) log.warn({ err: (error as Error).message }, "cannot write the collector's state file");
      written = false;
    }
  };
  writeState();
  const timer = setInterval(writeState, STATE_MS);
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
