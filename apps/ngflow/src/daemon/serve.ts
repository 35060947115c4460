import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Pipeline } from "@ngflow/flows";
import { createServer } from "@ngflow/server";
import { createStore, type Store } from "@ngflow/store";
import { watchedAccounts } from "../accounts/accounts-file.ts";
import { auditFile } from "../accounts/audit-file.ts";
import { type HttpConfig, readersText } from "../options/http-options.ts";
import type { StoreLimits } from "../options/store-options.ts";
import type { Logger } from "./log.ts";
import { buildPipeline, type HopFacts, LastSeen } from "./pipeline.ts";
import { renewTls } from "./renew-tls.ts";
import { serveFile } from "./run-files.ts";
import { HEALTH_MS, partAges, shared, StoreBeat } from "./health.ts";
import { serveActions } from "../store/action-socket.ts";
import { savedViews } from "./saved-views.ts";
import { type ServeDeps, sourcesOf } from "./sources.ts";
import { Watchdog } from "./watchdog.ts";

/** Length of the secret by which commands of the daemon's own user are known. */
const OWN_TOKEN_BYTES = 32;

export interface ServeConfig {
  readonly dataDirectory: string;
  readonly http: HttpConfig;
  /** How many flows are kept. */
  readonly limits: StoreLimits;
}

export interface ServeDaemon {
  readonly url: string;
  /** Who may read it, where that is not only this machine. */
  readonly readers: string;
  readonly store: Store;
  pipeline(): Promise<Pipeline>;
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
  const store = createStore({ directory: config.dataDirectory, ...config.limits }, { log });
  const lastSeen = new LastSeen();
  const pipeline = async (): Promise<Pipeline> => {
    const [collect, graph, facts] = await Promise.all([deps.collector(), deps.graph.snapshot(), storeFacts(store)]);
    const aged = (part: HopFacts): HopFacts => ({ ...part, ageMs: collect?.ageMs ?? 0 });
    const collector = collect && aged(collect.collector);
    const spool = collect && aged(collect.spool);
    const threads = { collect: collect?.threads, serve: watchdog.counters() };
    return buildPipeline({ graph, collector, spool, store: facts, threads }, lastSeen);
  };
  await store.start();
  const storeBeat = new StoreBeat(store);
  const watchdog = new Watchdog([storeBeat], { log, alive: deps.alive ?? (() => {}) }).start();
  const health = shared(HEALTH_MS, () => partAges(watchdog, deps));
  const warn = (message: string): void => log.warn(message);
  const accounts = watchedAccounts(config.dataDirectory, warn);
  const { tlsFiles, ...http } = config.http;
  const ownToken = randomBytes(OWN_TOKEN_BYTES).toString("base64url");
  const server = createServer(
    { ...http, ownToken, staticDir: consoleDirectory() },
    {
      reader: store,
      sources: sourcesOf({ ...deps, pipeline, store: () => store.status() }),
      log,
      health,
      saved: savedViews(config.dataDirectory, log),
      accounts,
      audit: auditFile(config.dataDirectory, warn),
    },
  );
  const found = serveFile(config.dataDirectory);
  const actions = await serveActions(config.dataDirectory, store).catch((error: Error) => {
    log.warn({ err: error.message }, "ngflow store cannot reach this daemon: its socket cannot be made");
  });
  try {
    const { url, listening } = await server.start();
    const tell = (cert: string | null): void => found.write({ pid: process.pid, url, cert, token: ownToken });
    tell(http.tls?.cert ?? null);
    const renewal = tlsFiles === null ? undefined : renewTls(tlsFiles, server, { log, used: tell });
    return {
      url,
      readers: readersText(config.http, accounts().people.length, listening),
      store,
      pipeline,
      async stop() {
        watchdog.stop();
        storeBeat.stop();
        renewal?.stop();
        await server.stop();
        await actions?.close();
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
    await store.stop();
    throw error;
  }
}
