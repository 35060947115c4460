import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Pipeline } from "@ngflow/flows";
import { ServedNames } from "@ngflow/names";
import { releaseCode } from "@ngflow/os";
import { createServer } from "@ngflow/server";
import { createStore, oldestBlockMs, SharedDatabase, spoolDirectory, type Store } from "@ngflow/store";
import { watchedAccounts } from "../accounts/accounts-file.ts";
import { auditFile } from "../accounts/audit-file.ts";
import { explainer } from "../explain/answer/explainer.ts";
import { type HttpConfig, readersText } from "../options/http-options.ts";
import type { StoreDatabase } from "../options/database-options.ts";
import type { NameSettings } from "../options/name-options.ts";
import type { StoreLimits } from "../options/store-options.ts";
import type { WatchConfig } from "../options/watch-options.ts";
import { Outlets } from "../out/outlets.ts";
import { QueryMetrics } from "../out/query-metrics.ts";
import { ReportTimer } from "../report/timer/report-timer.ts";
import { accessRow, alertsRow, elementsRow, keepRow, namesRow } from "../reload/rows.ts";
import type { ReloadRow } from "../reload/reloader.ts";
import { DaemonError } from "./errors.ts";
import { systemClock } from "./clock.ts";
import { collectorState } from "./collector-state.ts";
import type { Logger } from "./log.ts";
import { alertsOf } from "./alerts.ts";
import { buildPipeline, type HopFacts, LastSeen } from "./pipeline.ts";
import { renewTls } from "./renew-tls.ts";
import { serveFile } from "./run-files.ts";
import { HEALTH_MS, partAges, shared, StoreBeat } from "./health.ts";
import { lockStore } from "../store/lock-store.ts";
import { Readiness } from "./readiness.ts";
import { serveActions } from "../store/action-socket.ts";
import { nameSources } from "./name-sources.ts";
import { namingReader } from "./naming-reader.ts";
import { lossFile } from "./loss-file.ts";
import { savedViews } from "./saved-views.ts";
import { LearntShare } from "./share-learnt.ts";
import { LiveFlowsWatch } from "./live-flows.ts";
import { selfTester } from "../self-test/self-test.ts";
import { settledReader } from "./settled-reader.ts";
import { type ServeDeps, sourcesOf } from "./sources.ts";
import { startStore } from "./start-store.ts";
import { Watchdog } from "./watchdog.ts";

/** Length of the secret by which commands of the daemon's own user are known. */
const OWN_TOKEN_BYTES = 32;

/** The embedded database: opening it runs 130 MiB of code, of which a daemon at rest uses a few. */
const ENGINE_FILE = "libchdb.so";

export interface ServeConfig extends WatchConfig {
  readonly dataDirectory: string;
  readonly http: HttpConfig;
  /** How many flows are kept. */
  readonly limits: StoreLimits;
  /** Where names of hosts and vendors come from; by default nowhere. */
  readonly names?: NameSettings;
  /** In which database. */
  readonly database: StoreDatabase;
}

export interface ServeDaemon {
  readonly url: string;
  /** Who may read it, where that is not only this machine. */
  readonly readers: string;
  readonly store: Store;
  pipeline(): Promise<Pipeline>;
  /** What may change while it runs. */
  readonly rows: readonly ReloadRow[];
  /** Stores what the spool has, and ends. Resolves to the last counters of the store. */
  stop(): Promise<HopFacts>;
}

/** Directory of the built console; null if it was not built. The API is then served alone. */
function consoleDirectory(): string | null {
  const directory = join(dirname(createRequire(import.meta.url).resolve("@ngflow/console/package.json")), "dist");
  return existsSync(join(directory, "index.html")) ? directory : null;
}

async function storeFacts(store: Store): Promise<HopFacts> {
  const { lastSeenMs, ...counters } = await store.stats();
  return { counters, lastSeenMs };
}

/**
 * Opens the store of a data directory, ingests blocks from its spool, and serves API and console.
 *
 * @throws NgflowError when the directory belongs to another process or cannot be written, or the port is in use.
 */
export async function startServe(config: ServeConfig, deps: ServeDeps, log: Logger): Promise<ServeDaemon> {
  const named = new ServedNames(
    { ...config.names, stateDir: collectorState(config.dataDirectory) },
    { log, clock: systemClock },
  );
  // What an address does not answer in time is there later.
  void named.start();
  const store = createStore(
    { directory: config.dataDirectory, ...config.limits, ...config.database },
    { log, names: nameSources(deps.names, () => named.tables()), lock: lockStore },
  );
  const lastSeen = new LastSeen();
  const pipeline = async (): Promise<Pipeline> => {
    const [collect, graph, facts] = await Promise.all([deps.collector(), deps.graph.snapshot(), storeFacts(store)]);
    const aged = (part: HopFacts): HopFacts => ({ ...part, ageMs: collect?.ageMs ?? 0 });
    const collector = collect && aged(collect.collector);
    const spool = collect && aged(collect.spool);
    const snmp = collect?.snmp && aged({ counters: { ...collect.snmp }, lastSeenMs: null });
    const threads = { collect: collect?.threads, serve: watchdog.counters() };
    const graphAgeMs = graph === null ? 0 : Date.now() - graph.timeMs;
    return buildPipeline({ graph, graphAgeMs, collector, spool, snmp: snmp ?? null, store: facts, threads }, lastSeen);
  };
  const { alive = () => {}, stopping } = deps;
  await startStore(store, config.dataDirectory, { log, alive, stopping });
  const learnt = new LearntShare(store, config.dataDirectory, log);
  learnt.start();
  const storeBeat = new StoreBeat(store);
  const watchdog = new Watchdog([storeBeat], { log, alive }).start();
  const health = shared(HEALTH_MS, () => partAges(watchdog, deps));
  const readiness = new Readiness({ watchdog, collector: deps.collector, collects: deps.collects === true });
  const ready = shared(HEALTH_MS, () => readiness.checks());
  const warn = (message: string): void => log.warn(message);
  const accounts = watchedAccounts(config.dataDirectory, warn);
  const { tlsFiles, ...http } = config.http;
  const ownToken = randomBytes(OWN_TOKEN_BYTES).toString("base64url");
  const waitingSinceMs = (): Promise<number | null> => oldestBlockMs(spoolDirectory(config.dataDirectory));
  const outlets = new Outlets(config.out, config.dataDirectory, { reader: store, waitingSinceMs, log });
  const reports = new ReportTimer(config.reports, config.dataDirectory, {
    reader: store,
    waitingSinceMs,
    log,
    nowMs: Date.now,
    share: (place, file) => new SharedDatabase(place, file, "report_"),
  });
  const alerts = alertsOf(config.alerts, config.dataDirectory, log);
  const server = createServer(
    { ...http, ownToken, staticDir: consoleDirectory() },
    {
      reader: namingReader(
        settledReader(store, {
          snapshot: () => deps.graph.snapshot(),
          ...(deps.graph.flows && { live: new LiveFlowsWatch({ flows: deps.graph.flows, store, nowMs: Date.now }) }),
          nowMs: Date.now,
        }),
        (found) => named.want(found),
      ),
      sources: sourcesOf({
        ...deps,
        pipeline,
        store: () => store.status(),
        nameStatus: async () => [...((await deps.collector())?.names ?? []), ...named.status()],
      }),
      hostNames: () => named.hostNames(),
      log,
      health,
      ready,
      explain: explainer(),
      askNode: (...question) => deps.graph.askNode(...question),
      selfTest: selfTester({
        listening: async () => (await deps.collector())?.udp ?? null,
        exporters: deps.exporters,
        found: async (filter, fromMs) => {
          const range = { fromMs, toMs: Date.now() + 60_000 };
          const { rows } = await store.query({ by: [], metric: "flows", ...range, filter });
          return Number(rows[0]?.["flows"] ?? 0);
        },
        nowMs: Date.now,
      }),
      losses: lossFile(config.dataDirectory, log),
      saved: savedViews(config.dataDirectory, log),
      alerts: alerts.make,
      metrics: (ask) => {
        const chosen = new QueryMetrics(config.metrics, ask, log);
        return async () => [...outlets.metrics(), ...reports.metrics(), ...(await chosen.metrics())];
      },
      accounts,
      audit: auditFile(config.dataDirectory, warn),
    },
  );
  const reload = async (): Promise<unknown> => {
    if (deps.reload !== undefined) return deps.reload();
    throw new DaemonError("no-reload", "this daemon cannot read its configuration again; restart it");
  };
  const found = serveFile(config.dataDirectory);
  const actions = await serveActions(config.dataDirectory, store, reload).catch((error: Error) => {
    log.warn({ err: error.message }, "ngflow store cannot reach this daemon: its socket cannot be made");
  });
  try {
    const { url, listening } = await server.start();
    outlets.start();
    reports.start();
    const oldAlerts = alerts.keepAddresses(async () => (await store.status()).addressDays);
    const tell = (cert: string | null): void => found.write({ pid: process.pid, url, cert, token: ownToken });
    tell(http.tls?.cert ?? null);
    releaseCode(ENGINE_FILE);
    const renewal = tlsFiles === null ? undefined : renewTls(tlsFiles, server, { log, used: tell });
    return {
      url,
      readers: readersText(config.http, accounts().people.length, listening),
      store,
      pipeline,
      rows: [elementsRow, keepRow(store), accessRow(server), alertsRow(alerts), namesRow(named)],
      async stop() {
        readiness.stop();
        watchdog.stop();
        storeBeat.stop();
        renewal?.stop();
        await named.stop();
        await server.stop();
        await actions?.close();
        await outlets.stop();
        await learnt.stop();
        await reports.stop();
        oldAlerts.stop();
        await store.drain().catch((error: unknown) => log.error({ err: String(error) }, "blocks remain in the spool"));
        const facts = await storeFacts(store);
        await store.stop();
        found.remove();
        return facts;
      },
    };
  } catch (error) {
    watchdog.stop();
    storeBeat.stop();
    await actions?.close();
    await named.stop();
    await learnt.stop();
    await store.stop();
    throw error;
  }
}
