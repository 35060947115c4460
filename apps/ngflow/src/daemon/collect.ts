import { type Collector, createCollector, type TeeConfig } from "@ngflow/collector";
import type { ExporterStatus, SourceStatus } from "@ngflow/flows";
import { IngestNames, type SnmpCounters } from "@ngflow/names";
import type { PartAge } from "@ngflow/server";
import { createSpool, ledgerFile, spoolDirectory } from "@ngflow/store";
import { adviseHugePages, type FileLock } from "@ngflow/os";
import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { useElements } from "../options/elements-file.ts";
import type { ReceiveSettings } from "../options/receive-options.ts";
import type { CollectChange } from "../reload/collect-change.ts";
import type { ReloadReport } from "../reload/reloader.ts";
import { systemReason } from "../output/system-reason.ts";
import { systemClock } from "./clock.ts";
import { lockDirectory } from "./collect-lock.ts";
import { hasParent } from "./has-parent.ts";
import { collectorState } from "./collector-state.ts";
import { DaemonError } from "./errors.ts";
import type { Logger } from "./log.ts";
import { InterfaceNames } from "./interface-names.ts";
import { makeDirectories } from "./make-directories.ts";
import type { HopFacts } from "./pipeline.ts";
import { type RunFile, runFile } from "./run-files.ts";
import { serveState } from "./state-socket.ts";
import { Watchdog } from "./watchdog.ts";
import { collectorSocketPaths } from "../options/runtime-path.ts";

export interface CollectConfig extends Omit<
  ReceiveSettings,
  "receivers" | "elements" | "networks" | "mmdb" | "snmp" | "interfaceRules"
> {
  /** What is written to flows about their addresses; by default nothing. */
  readonly networks?: string | undefined;
  readonly mmdb?: readonly string[];
  /** Where names and classes of interfaces come from, in addition to what exporters send. */
  readonly snmp?: string | undefined;
  readonly interfaceRules?: string | undefined;
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
  /** Whether `up` or `demo` started it, which also start a server. */
  readonly child?: boolean;
  /** Ports it listens on. */
  readonly ports: readonly number[];
  /** Addresses on which it receives datagrams. */
  readonly udp: readonly { readonly host: string; readonly port: number }[];
  readonly collector: HopFacts;
  readonly spool: HopFacts;
  /** How full the spool is; 1 is full. */
  readonly spoolFill: number;
  /** How often its threads stood still, and how long at most (`Watchdog.counters`). */
  readonly threads: Readonly<Record<string, number>>;
  /** How long ago its threads gave a sign of life. */
  readonly parts: readonly PartAge[];
  /** How often SNMP agents were asked; null where none is. */
  readonly snmp: SnmpCounters | null;
  /** What it knows networks, places and ASes from. */
  readonly names: readonly SourceStatus[];
}

export interface CollectDaemon {
  /** Ports in the order of `listen`; the system chooses a port for 0. */
  readonly ports: readonly number[];
  /** Takes datagrams of files. */
  readonly collector: Pick<Collector, "receive" | "endConnection">;
  /** How full the spool is, 0 to 1: from half on, records are left out. */
  fill(): number;
  /** Changes it while it runs. @throws NgflowError; then nothing has changed */
  change(change: CollectChange): Promise<void>;
  /** Reads the configuration again when a command asks for it; until then it says that its parent does that. */
  onReload(reload: () => Promise<ReloadReport>): void;
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
  { dataDirectory, spoolBytes, networks, mmdb, snmp, interfaceRules, ...receive }: CollectConfig,
  lock: FileLock,
  log: Logger,
): Promise<CollectDaemon> {
  const spool = createSpool(
    {
      directory: spoolDirectory(dataDirectory),
      ledgerFile: ledgerFile(dataDirectory),
      ...(spoolBytes !== undefined && { maxBytes: spoolBytes }),
    },
    { log, advise: adviseHugePages },
  );
  await spool.start();
  const stateDir = collectorState(dataDirectory);
  const names = new IngestNames({ networks, mmdb, stateDir }, spool, { log, clock: systemClock });
  // The first flows have names, too.
  await names.start();
  const collector = createCollector({ ...receive, stateDir }, { sink: names.sink, clock: systemClock, log });
  await collector.start().catch(async (error: unknown) => {
    await names.stop();
    await spool.stop();
    throw error;
  });
  const interfaces = new InterfaceNames(
    { snmp, interfaceRules, dataDirectory },
    { log, clock: systemClock, exporters: () => collector.exporterAddresses() },
  );
  let alive = (): void => {};
  const parts = [{ name: "receive", beat: () => collector.beat() }];
  const watchdog = new Watchdog(parts, { log, alive: () => alive() }).start();
  const state = (): CollectorState => {
    const { lastSeenMs, ...counters } = spool.stats();
    return {
      pid: process.pid,
      child: hasParent(),
      ports: collector.listening().map(({ port }) => port),
      udp: collector
        .listening()
        .filter(({ transport = "udp" }) => transport === "udp")
        .map(({ host, port }) => ({ host, port })),
      collector: { counters: collector.counters(), lastSeenMs: collector.lastSeenMs() },
      spool: { counters, lastSeenMs },
      spoolFill: spool.fill ?? 0,
      threads: watchdog.counters(),
      parts: watchdog.ages(),
      snmp: interfaces.snmp(),
      names: [...names.status(), ...interfaces.status()],
    };
  };
  let reload: (() => Promise<ReloadReport>) | null = null;
  const answers = { state, list: () => collector.eachExporter(), reload: async () => (await reload?.()) ?? null };
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
    await interfaces.stop();
    await names.stop();
    await spool.stop();
    await served?.close();
    copy.remove();
    lock.release();
  }

  return {
    ports: collector.listening().map(({ port }) => port),
    collector,
    fill: () => spool.fill ?? 0,
    async change({ elements, spoolBytes, networks, mmdb, snmp, interfaceRules, ...change }) {
      const ofAddresses = await names.prepare({ networks, mmdb: mmdb ?? [] });
      try {
        const ofInterfaces = await interfaces.prepare({ snmp, interfaceRules });
        useElements(elements);
        await collector.change(change);
        spool.limit(spoolBytes);
        await ofAddresses.apply();
        await ofInterfaces.apply();
      } catch (error) {
        await ofAddresses.discard();
        throw error;
      }
    },
    onReload: (again) => void (reload = again),
    state,
    watch: (confirm) => void (alive = confirm),
    stop: () => (stopped ??= stop()),
  };
}
