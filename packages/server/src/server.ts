import { createServer as createHttpServer, type Server as HttpServer, type ServerOptions } from "node:http";
import { createServer as createHttpsServer, Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { HOPS, LossWatch, NOT_KEPT, type Pipeline } from "@ngflow/flows";
import { isLoopback, listeningText, ownUrl, urlHost } from "./access/addresses.ts";
import { type Accounts, NOBODY } from "./access/accounts.ts";
import { noAccessCounted } from "./access/counters.ts";
import { OWN_CALLER } from "./access/caller.ts";
import { alertMetrics } from "./alerts/metrics.ts";
import { askAs } from "./answers/ask-as.ts";
import { Costs } from "./answers/costs.ts";
import { gatedQuery } from "./answers/gated-query.ts";
import { QueryGate } from "./answers/query-gate.ts";
import { RunningAnswers } from "./answers/running-answers.ts";
import { SeenValues } from "./answers/seen-values.ts";
import { Completenesses } from "./losses/completenesses.ts";
import { Auditor, type AuditorDeps } from "./audit/auditor.ts";
import { createAdmission, createApp, guardRules } from "./app.ts";
import {
  type AccessConfig,
  resolveServerConfig,
  type ResolvedServerConfig,
  type ServerConfig,
  type TlsFiles,
} from "./config.ts";
import type { App } from "./context.ts";
import { Connections } from "./connections.ts";
import { type CountingParts, serverCounters, serverMetrics } from "./counters.ts";
import type { ServerDeps } from "./deps.ts";
import { ServerError } from "./errors.ts";
import { EventStream } from "./event-stream.ts";
import type { OwnMetric } from "./prometheus.ts";
import type { Sources } from "./routes/index.ts";
import { Sampler } from "./sampler.ts";
import { MOST_HEADER_BYTES } from "./unparsed-requests.ts";

/** Where a server is. */
export interface ServerAddress {
  /** Where it is reached from this machine. */
  readonly url: string;
  /** Where it listens, for people, such as `0.0.0.0:8080 (every address of this machine)`. */
  readonly listening: string;
}

/** The HTTP server: API, metrics, event stream and console. */
export interface Server {
  /**
   * Binds and serves; a second call answers with the same address.
   *
   * @throws ServerError `http-address-in-use`, `http-address-denied`, `http-listen-failed`, naming the address.
   */
  start(): Promise<ServerAddress>;
  /** Ends streams and connections; safe to call twice. */
  stop(): Promise<void>;
  /** Answers a request without a socket. */
  fetch(request: Request): Promise<Response>;
  /**
   * Checks who else may be let in. What it returns lets them in from the next request on, and nobody else; sessions of
   * people stay.
   * @throws ServerError as `createServer`
   */
  prepareAccess(access: AccessConfig): () => void;
  /** Uses another certificate for new connections of HTTPS. @throws Error of `node:tls` for one that is not usable. */
  renewCertificate(tls: TlsFiles): void;
}

/** An unread answer that made no progress for so long may be cut for a query that waits. */
const STALLED_MS = 2000;
/** A query that has run for so long may have to give way: most of a dashboard's take less. */
const SHORT_MS = 250;
/** How long a connection may be without a request after an answer. */
const KEEP_ALIVE_MS = 10_000;
/** Connections that the kernel holds until they are accepted; those beyond try again after a second. */
const BACKLOG = 4096;
/** How often Node.js looks for requests that take too long. */
const CHECK_EVERY_MS = 1000;
/** How long `stop` lets answers finish before it cuts their connections. */
const STOP_GRACE_MS = 1000;

/**
 * An inert server; `start` binds it.
 *
 * @throws ServerError `http-open` when other machines could read flows without saying who they are and that
 * is not allowed; `http-token` for an unsuitable token, `login-from` for an unsuitable prefix of proxies.
 */
export function createServer(config: ServerConfig, deps: ServerDeps): Server {
  const resolved = resolveServerConfig(config);
  checkOpen(resolved, deps.accounts?.() ?? NOBODY);
  const nowMs = deps.nowMs ?? Date.now;
  // The server is a hop like the others: its losses are shown where theirs are.
  const pipeline = async (): Promise<Pipeline> => {
    const before = await deps.sources["/pipeline"]();
    return {
      ...before,
      hops: [...before.hops, { hop: HOPS.server, counters: serverCounters(parts), lastSeenMs: null }],
    };
  };
  const sources: Sources = { ...deps.sources, "/pipeline": pipeline };
  const limits = {
    maxRunning: resolved.maxRunningQueries,
    maxWaiting: resolved.maxWaitingQueries,
    timeoutMs: resolved.queryTimeoutMs,
    maxBytes: resolved.maxAnswerBytes,
    stalledMs: STALLED_MS,
    shortMs: SHORT_MS,
  };
  const gate = new QueryGate(limits);
  // What the server asks itself has a place and a line of its own, whatever others ask.
  const ownGate = new QueryGate({ ...limits, maxRunning: 1 });
  const { reader } = deps;
  const seen = new SeenValues((spec, caller) => gatedQuery(gate, reader, spec, { caller }));
  const query: AuditorDeps["query"] = async (spec) =>
    (await gatedQuery(ownGate, reader, spec, { caller: OWN_CALLER })).rows;
  const watch = new LossWatch(deps.losses ?? NOT_KEPT);
  const saw: AuditorDeps["saw"] = (timeMs, seenNow, exporters) => watch.saw(timeMs, seenNow, exporters);
  const auditor = new Auditor({ sources, query, saw, log: deps.log, nowMs });
  const completeness = new Completenesses({
    ...{ watch, reader, gate: ownGate, nowMs },
    exporters: async () => (await sources["/exporters"]()).exporters,
  });
  const ask = askAs(OWN_CALLER, { gate: ownGate, reader, completeness });
  const alerts = deps.alerts?.(ask) ?? null;
  const sampler = new Sampler({
    intervalMs: resolved.sampleIntervalMs,
    take: async () => ({ timeMs: nowMs(), pipeline: await sources["/pipeline"](), graph: await sources["/graph"]() }),
    log: deps.log,
  });
  const events = new EventStream(
    { maxClients: resolved.maxEventClients, maxBacklogBytes: resolved.maxEventBacklogBytes },
    sampler,
  );
  const access = noAccessCounted();
  const connections = new Connections({
    max: resolved.maxConnections,
    maxPerAddress: resolved.maxConnectionsPerAddress,
    reserve: resolved.reservedConnections,
    answerMs: resolved.queryTimeoutMs + resolved.answerTimeoutMs,
  });
  const parts: CountingParts = { gate, ownGate, events, access, connections };
  const further = deps.metrics?.(ask);
  const ownMetrics = async (): Promise<OwnMetric[]> => [
    ...serverMetrics(serverCounters(parts)),
    ...alertMetrics(alerts),
    ...((await further?.()) ?? []),
  ];
  const accounts = deps.accounts ?? (() => NOBODY);
  const admission = createAdmission(resolved, accounts);
  const app = createApp(resolved, admission, {
    deps: { ...deps, sources },
    ...parts,
    seen,
    completeness,
    auditor,
    alerts,
    costs: new Costs(reader, gate),
    answers: new RunningAnswers(),
    ownMetrics,
    nowMs,
  });
  let running: { http: HttpServer | HttpsServer; address: ServerAddress } | undefined;

  return {
    async start() {
      if (running) return running.address;
      const http = httpServer(app.fetch, resolved);
      connections.watch(http);
      await listen(http, resolved);
      auditor.start();
      alerts?.start();
      const { port } = http.address() as AddressInfo;
      const { host, tls } = resolved;
      const url = ownUrl(host, port, tls === null ? "http" : "https");
      running = { http, address: { url, listening: listeningText(host, port) } };
      return running.address;
    },
    async stop() {
      const stopping = running?.http;
      running = undefined;
      events.stop();
      sampler.stop();
      auditor.stop();
      await alerts?.stop();
      connections.stop();
      if (!stopping) return;
      const closed = new Promise<void>((resolve) => {
        stopping.close(() => resolve());
      });
      const sweep = setInterval(() => stopping.closeIdleConnections(), STOP_GRACE_MS / 20);
      const cut = setTimeout(() => stopping.closeAllConnections(), STOP_GRACE_MS);
      await closed;
      clearInterval(sweep);
      clearTimeout(cut);
    },
    async fetch(request) {
      return await app.fetch(request);
    },
    prepareAccess(access) {
      const changed = { ...resolved, ...access };
      checkOpen(changed, accounts());
      const rules = guardRules(changed, accounts);
      return () => {
        admission.guard.rules = rules;
        admission.hosts.allow(changed.allowedHosts);
      };
    },
    renewCertificate(tls) {
      if (running?.http instanceof HttpsServer) running.http.setSecureContext(tls);
    },
  };
}

/**
 * Binds an address and frees it again. A daemon whose address is in use fails so before it makes any file.
 *
 * @throws ServerError as `Server.start`.
 */
export async function tryAddress(address: { readonly host: string; readonly port: number }): Promise<void> {
  const probe = createHttpServer();
  await listen(probe, address);
  await new Promise<void>((resolve) => probe.close(() => resolve()));
}

/** @throws ServerError `http-open` for an address that other machines reach, if nobody is asked who they are. */
function checkOpen(config: ResolvedServerConfig, { people }: Accounts): void {
  const { host, port, token, loginHeader, allowInsecure } = config;
  if (isLoopback(host) || token !== null || loginHeader !== null || people.length > 0 || allowInsecure) return;
  throw new ServerError(
    "http-open",
    `--http ${urlHost(host)}:${port}: other machines could read every flow; add a user with "ngflow user add NAME", ` +
      "give a token with --http-token-file, use 127.0.0.1, or accept it with --no-login",
  );
}

/** @throws ServerError `http-certificate` */
function httpServer(fetch: App["fetch"], config: ResolvedServerConfig): HttpServer | HttpsServer {
  if (config.tls === null) return createAdaptorServer({ fetch, serverOptions: limitsOf(config) }) as HttpServer;
  try {
    const limits = { handshakeTimeout: config.headersTimeoutMs, minVersion: "TLSv1.2" as const };
    const serverOptions = { ...limitsOf(config), ...config.tls, ...limits };
    return createAdaptorServer({ fetch, createServer: createHttpsServer, serverOptions }) as HttpsServer;
  } catch (cause) {
    throw new ServerError("http-certificate", `--http-cert, --http-key: ${(cause as Error).message}`, { cause });
  }
}

function limitsOf({ headersTimeoutMs }: ResolvedServerConfig): ServerOptions {
  return {
    headersTimeout: headersTimeoutMs,
    requestTimeout: 2 * headersTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, headersTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MOST_HEADER_BYTES,
  };
}

function listen(http: HttpServer | HttpsServer, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    http.listen({ host, port, backlog: BACKLOG }, () => resolve());
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): ServerError {
  const where = `${urlHost(host)}:${port}`;
  const options = { cause: error };
  if (error.code === "EADDRINUSE") {
    const message = `--http ${where}: the port is in use by another process; stop it or choose another with --http`;
    return new ServerError("http-address-in-use", message, options);
  }
  if (error.code === "EACCES") {
    const message = `--http ${where}: not permitted to bind here; choose a port above 1023 with --http`;
    return new ServerError("http-address-denied", message, options);
  }
  const reason = error.code === "EADDRNOTAVAIL" ? "no interface of this machine has the address" : error.message;
  return new ServerError("http-listen-failed", `--http ${where}: ${reason}`, options);
}
