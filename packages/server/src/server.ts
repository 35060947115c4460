import type { Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { HOPS, type Pipeline } from "@ngflow/flows";
import { createApp } from "./app.ts";
import { resolveServerConfig, type ServerConfig } from "./config.ts";
import type { ServerDeps } from "./deps.ts";
import { ServerError } from "./errors.ts";
import { EventStream } from "./event-stream.ts";
import type { OwnMetric } from "./prometheus.ts";
import { QueryGate } from "./query-gate.ts";
import type { Sources } from "./routes/index.ts";
import { Sampler } from "./sampler.ts";

/** The HTTP server: API, metrics, event stream and console. */
export interface Server {
  /**
   * Binds and serves; a second call answers with the same address.
   *
   * @throws ServerError `http-address-in-use`, `http-address-denied`, `http-listen-failed`, naming the address.
   */
  start(): Promise<{ url: string }>;
  /** Ends streams and connections; safe to call twice. */
  stop(): Promise<void>;
  /** Answers a request without a socket. */
  fetch(request: Request): Promise<Response>;
}

/** Connections that may be open at once. */
const MAX_CONNECTIONS = 1024;
/** How long `stop` lets answers finish before it cuts their connections. */
const STOP_GRACE_MS = 1000;

/** An inert server; `start` binds it. */
export function createServer(config: ServerConfig, deps: ServerDeps): Server {
  const resolved = resolveServerConfig(config);
  const nowMs = deps.nowMs ?? Date.now;
  // The server is a hop like the others: its losses are shown where theirs are.
  const pipeline = async (): Promise<Pipeline> => {
    const before = await deps.sources["/pipeline"]();
    return {
      ...before,
      hops: [...before.hops, { hop: HOPS.server, counters: serverCounters(gate, events), lastSeenMs: null }],
    };
  };
  const sources: Sources = { ...deps.sources, "/pipeline": pipeline };
  const gate = new QueryGate({
    maxRunning: resolved.maxRunningQueries,
    maxWaiting: resolved.maxWaitingQueries,
    timeoutMs: resolved.queryTimeoutMs,
  });
  const sampler = new Sampler({
    intervalMs: resolved.sampleIntervalMs,
    take: async () => ({ timeMs: nowMs(), pipeline: await sources["/pipeline"](), graph: await sources["/graph"]() }),
    log: deps.log,
  });
  const events = new EventStream(
    { maxClients: resolved.maxEventClients, maxBacklogBytes: resolved.maxEventBacklogBytes },
    sampler,
  );
  const ownMetrics = (): OwnMetric[] => serverMetrics(serverCounters(gate, events));
  const app = createApp(resolved, { deps: { ...deps, sources }, gate, events, ownMetrics, nowMs });
  let running: { http: HttpServer; url: string } | undefined;

  return {
    async start() {
      if (running) return { url: running.url };
      const http = createAdaptorServer({ fetch: app.fetch }) as HttpServer;
      http.maxConnections = MAX_CONNECTIONS;
      await listen(http, resolved);
      const { port } = http.address() as AddressInfo;
      running = { http, url: `http://${urlHost(resolved.host)}:${port}` };
      return { url: running.url };
    },
    async stop() {
      const stopping = running?.http;
      running = undefined;
      events.stop();
      sampler.stop();
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
  };
}

/** Host part of the address to show: an address that means every interface is reached through loopback. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "" || host === "*") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

function listen(http: HttpServer, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    http.listen({ host, port }, () => resolve());
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): ServerError {
  const where = `${host.includes(":") ? `[${host}]` : host}:${port}`;
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

/** What the server counts: the name in its hop of the pipeline, type, name and help in `/metrics`. */
const COUNTERS = {
  queriesStarted: ["counter", "ngflow_server_queries_total", "Queries started."],
  queriesFailed: ["counter", "ngflow_server_queries_failed_total", "Queries the store failed or refused."],
  queriesRefused: ["counter", "ngflow_server_queries_refused_total", "Queries refused because too many were waiting."],
  queriesTimedOut: ["counter", "ngflow_server_queries_timed_out_total", "Queries that timed out."],
  queriesRunning: ["gauge", "ngflow_server_queries_running", "Queries running."],
  queriesWaiting: ["gauge", "ngflow_server_queries_waiting", "Queries waiting for their turn."],
  eventClients: ["gauge", "ngflow_server_event_clients", "Event streams open."],
  eventClientsRefused: ["counter", "ngflow_server_event_clients_refused_total", "Event streams refused."],
  eventClientsDropped: [
    "counter",
    "ngflow_server_event_clients_dropped_total",
    "Event streams closed because the client was too slow.",
  ],
} as const satisfies Record<string, readonly [type: OwnMetric["type"], name: string, help: string]>;

type ServerCounters = Readonly<Record<keyof typeof COUNTERS, number>>;

function serverCounters(gate: QueryGate, events: EventStream): ServerCounters {
  const { started, failed, refused, timedOut } = gate.counters;
  return {
    queriesStarted: started,
    queriesFailed: failed,
    queriesRefused: refused,
    queriesTimedOut: timedOut,
    queriesRunning: gate.running,
    queriesWaiting: gate.waiting,
    eventClients: events.clients,
    eventClientsRefused: events.counters.refused,
    eventClientsDropped: events.counters.droppedSlow,
  };
}

function serverMetrics(counters: ServerCounters): OwnMetric[] {
  const rows = Object.entries(COUNTERS) as [keyof ServerCounters, (typeof COUNTERS)[keyof ServerCounters]][];
  return rows.map(([counter, [type, name, help]]) => ({ name, type, help, value: counters[counter] }));
}
