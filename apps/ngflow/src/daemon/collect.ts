import { type Collector, createCollector, type TeeConfig } from "@ngflow/collector";
import type { ExporterStatus } from "@ngflow/flows";
import type { PartAge } from "@ngflow/server";
import { createSpool, ledgerFile, spoolDirectory } from "@ngflow/store";
import { type FileLock, lockFile, lockHolder } from "@ngflow/os";
import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ReceiveSettings } from "../options/receive-options.ts";
import { systemReason } from "../output/system-reason.ts";
import { systemClock } from "./clock.ts";
import { DaemonError } from "./errors.ts";
import type { Logger } from "./log.ts";
import { makeDirectories } from "./make-directories.ts";
import type { HopFacts } from "./pipeline.ts";
import { type RunFile, runFile } from "./run-files.ts";
import { serveState } from "./state-socket.ts";
import { Watchdog } from "./watchdog.ts";
import { collectorSocketPaths } from "../options/runtime-path.ts";

export interface CollectConfig extends Omit<ReceiveSettings, "receivers" | "elements"> {
  /** Threads that receive; by default 1. */
  readonly receivers?: number;
  readonly dataDirectory: string;
  /** Other collectors that get every datagram too. */
  readonly tee?: readonly TeeConfig[];
  /** Most bytes that wait for a store. Absent: the default. */
  readonly spoolBytes?: number | undefined;
}

/** State of a collecting process, as a `serve` in another process gets it. */
export interface CollectorState {
  readonly pid: number;
  readonly collector: HopFacts;
  readonly spool: HopFacts;
  /** How often its threads stood still, and how long at most (`Watchdog.counters`). */
  readonly threads: Readonly<Record<string, number>>;
  /** How long ago its threads gave a sign of life. */
  readonly parts: readonly PartAge[];
}

export interface CollectDaemon {
  /** Ports in the order of `listen`; the system chooses a port for 0. */
  readonly ports: readonly number[];
  /** Takes datagrams of files. */
  readonly collector: Pick<Collector, "receive" | "endConnection">;
  /** How full the spool is, 0 to 1: from half on, records are left out. */
  fill(): number;
  /** Its counters so far. */
  state(): CollectorState;
  /** @param alive called while all its threads run */
  watch(alive: () => void): void;
  /** Decodes pending datagrams, writes them to the spool and ends. Safe to call twice. */
  stop(): Promise<void>;
}

/** Interval between two copies of the state in the data directory. */
const COPY_MS = 1000;
/** Most exporters and templates of the copy. It is made in one turn: a thousand take some milliseconds. */
const COPIED_ENTRIES = 1000;

/**
 * A copy of the state in the data directory, for people and scripts: it shows what a collector last counted that was
 * killed. ngflow itself asks the collector (`CollectorWatch`): on a full disk the copy would be an old one.
 */
function stateCopy(dataDirectory: string): RunFile<CollectorState> {
  return runFile<CollectorState>(dataDirectory, "collect");
}

/** Where the collector of a data directory keeps what it knows of exporters. */
export const collectorState = (dataDirectory: string): string => join(dataDirectory, "collector");

/** One collector for a data directory: two would overwrite each other's templates and state. @throws NgflowError */
function lockDirectory(dataDirectory: string): FileLock {
  const path = join(dataDirectory, "run", "collect.lock");
  let lock: FileLock | undefined;
  try {
    makeDirectories(dirname(path));
    lock = lockFile(path);
  } catch (cause) {
    throw new DaemonError(
      "data-directory",
      `collector: cannot write ${path}: ${systemReason(cause)}; choose another directory with --data`,
      { cause },
    );
  }
  if (lock !== undefined) return lock;
  const holder = lockHolder(path);
  throw new DaemonError(
    "collector-held",
    `collector: ${dataDirectory} is used by the collector of ${holder === undefined ? "another process" : `process ${holder}`}; ` +
      "stop it, or choose another directory with --data",
  );
}

/**
 * Listeners, decoder and spool.
 *
 * @throws NgflowError when a port is in use, or the data directory cannot be written or has a collector already.
 */
export async function startCollect(config: CollectConfig, log: Logger): Promise<CollectDaemon> {
  const { dataDirectory } = config;
  const made = existsSync(dataDirectory) ? [] : makeData(dataDirectory);
  const fresh = isEmpty(dataDirectory);
  const lock = lockDirectory(dataDirectory);
  try {
    return await startLocked(config, lock, log);
  } catch (error) {
    if (fresh) leaveNothing(dataDirectory, made);
    lock.release();
    throw error;
  }
}

/** Exporters of the copy, as many as make some hundred kilobytes with their templates; `exportersLeftOut` are more. */
function copiedExporters(collector: Collector): { exporters: ExporterStatus[]; exportersLeftOut: number } {
  const exporters: ExporterStatus[] = [];
  let left = COPIED_ENTRIES;
  for (const exporter of collector.eachExporter()) {
    left -= 1 + exporter.templates.length + exporter.missingTemplates.length;
    if (left < 0) break;
    exporters.push(exporter);
  }
  return { exporters, exportersLeftOut: collector.counters()["sessions"]! - exporters.length };
}

/** Makes the data directory and those above it. @throws DaemonError `data-directory`. */
function makeData(dataDirectory: string): string[] {
  try {
    return makeDirectories(dataDirectory);
  } catch (cause) {
    throw new DaemonError(
      "data-directory",
      `collector: cannot make ${dataDirectory}: ${systemReason(cause)}; choose another directory with --data`,
      { cause },
    );
  }
}

function isEmpty(directory: string): boolean {
  try {
    return readdirSync(directory).length === 0;
  } catch {
    return false;
  }
}

/** Removes what a start that failed has made in a data directory that was empty, and the directories `made` for it. */
function leaveNothing(dataDirectory: string, made: readonly string[]): void {
  try {
    for (const name of ["run", "spool", "collector"]) {
      rmSync(join(dataDirectory, name), { recursive: true, force: true });
    }
    for (const directory of made.toReversed()) rmdirSync(directory);
  } catch {
    // Something else has been put there meanwhile: it stays.
  }
}

async function startLocked(
  { dataDirectory, spoolBytes, ...receive }: CollectConfig,
  lock: FileLock,
  log: Logger,
): Promise<CollectDaemon> {
  const spool = createSpool(
    {
      directory: spoolDirectory(dataDirectory),
      ledgerFile: ledgerFile(dataDirectory),
      ...(spoolBytes !== undefined && { maxBytes: spoolBytes }),
    },
    { log },
  );
  await spool.start();
  const collector = createCollector(
    { ...receive, stateDir: collectorState(dataDirectory) },
    { sink: spool, clock: systemClock, log },
  );
  await collector.start().catch(async (error: unknown) => {
    await spool.stop();
    throw error;
  });
  let alive = (): void => {};
  const parts = [{ name: "receive", beat: () => collector.beat() }];
  const watchdog = new Watchdog(parts, { log, alive: () => alive() }).start();
  const state = (): CollectorState => {
    const { lastSeenMs, ...counters } = spool.stats();
    return {
      pid: process.pid,
      collector: { counters: collector.counters(), lastSeenMs: collector.lastSeenMs() },
      spool: { counters, lastSeenMs },
      threads: watchdog.counters(),
      parts: watchdog.ages(),
    };
  };
  const answers = { state, list: () => collector.eachExporter() };
  const served = await serveState(collectorSocketPaths(dataDirectory), answers).catch((error: Error) => {
    log.warn({ err: error.message }, "the collector's state cannot be served: serve will show no collector");
  });
  const copy = stateCopy(dataDirectory);
  const writeCopy = (): void => {
    try {
      copy.write({ ...state(), ...copiedExporters(collector) });
    } catch {
      // The spool counts and logs what it cannot write to the same disk.
    }
  };
  writeCopy();
  const timer = setInterval(writeCopy, COPY_MS);
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    clearInterval(timer);
    watchdog.stop();
    await collector.stop();
    await spool.stop();
    await served?.close();
    copy.remove();
    lock.release();
  }

  return {
    ports: collector.listening().map(({ port }) => port),
    collector,
    fill: () => spool.fill ?? 0,
    state,
    watch: (confirm) => void (alive = confirm),
    stop: () => (stopped ??= stop()),
  };
}
