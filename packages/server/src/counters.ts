import type { AccessCounters } from "./access/counters.ts";
import type { QueryGate } from "./answers/query-gate.ts";
import type { Connections } from "./connections.ts";
import type { EventStream } from "./event-stream.ts";
import type { OwnMetric } from "./prometheus.ts";

/** What the server counts: the name in its hop of the pipeline, type, name and help in `/metrics`. */
export const COUNTERS = {
  queriesStarted: ["counter", "ngflow_server_queries_total", "Queries started."],
  queriesFailed: ["counter", "ngflow_server_queries_failed_total", "Queries the store failed or refused."],
  queriesRefused: ["counter", "ngflow_server_queries_refused_total", "Queries refused because too many were waiting."],
  queriesGaveWay: [
    "counter",
    "ngflow_server_queries_gave_way_total",
    "Times that the second query of a caller gave way to one that had none running; it began again later.",
  ],
  queriesTimedOut: ["counter", "ngflow_server_queries_timed_out_total", "Queries that timed out."],
  queriesLeft: ["counter", "ngflow_server_queries_left_total", "Queries whose caller left before the answer."],
  answersCut: ["counter", "ngflow_server_answers_cut_total", "Unread answers cut because queries waited for room."],
  answerBytes: ["gauge", "ngflow_server_answer_bytes", "Bytes of answers that run or are not sent yet."],
  queriesRunning: ["gauge", "ngflow_server_queries_running", "Queries running."],
  queriesWaiting: ["gauge", "ngflow_server_queries_waiting", "Queries waiting for their turn."],
  eventClients: ["gauge", "ngflow_server_event_clients", "Event streams open."],
  eventClientsRefused: ["counter", "ngflow_server_event_clients_refused_total", "Event streams refused."],
  eventClientsDropped: [
    "counter",
    "ngflow_server_event_clients_dropped_total",
    "Event streams closed because the client was too slow.",
  ],
  connectionsOpen: ["gauge", "ngflow_server_connections", "Connections open."],
  connectionsBusy: ["gauge", "ngflow_server_connections_busy", "Connections with a request being answered."],
  connectionsRefused: ["counter", "ngflow_server_connections_refused_total", "Connections refused at a bound."],
  connectionsGaveWay: [
    "counter",
    "ngflow_server_connections_gave_way_total",
    "Idle connections closed at a bound for a newer one.",
  ],
  connectionsCutSlow: [
    "counter",
    "ngflow_server_connections_cut_slow_total",
    "Connections closed because the client did not take its answer in time.",
  ],
  requestsTooLong: [
    "counter",
    "ngflow_server_requests_too_long_total",
    "Requests refused because address and headers were too long.",
  ],
  requestsUnauthorized: [
    "counter",
    "ngflow_server_unauthorized_total",
    "Requests without a session or token, or with a wrong one.",
  ],
  signInsRefused: ["counter", "ngflow_server_sign_ins_refused_total", "Sign-ins with a wrong name or password."],
  signInsSlowed: ["counter", "ngflow_server_sign_ins_slowed_total", "Sign-ins refused because too many were tried."],
  requestsForbiddenHost: ["counter", "ngflow_server_forbidden_host_total", "Requests for a host not served here."],
  requestsForeignOrigin: ["counter", "ngflow_server_foreign_origin_total", "Requests by pages of other sites."],
} as const satisfies Record<string, readonly [type: OwnMetric["type"], name: string, help: string]>;

export type ServerCounters = Readonly<Record<keyof typeof COUNTERS, number>>;

/** The parts of the server that count. */
export interface CountingParts {
  readonly gate: QueryGate;
  /** That of the server's own queries. */
  readonly ownGate: QueryGate;
  readonly events: EventStream;
  readonly access: AccessCounters;
  readonly connections: Connections;
}

/** Every counter of the server by its name in the pipeline. */
export function serverCounters({ gate, ownGate, events, access, connections }: CountingParts): ServerCounters {
  const both = (of: (each: QueryGate) => number): number => of(gate) + of(ownGate);
  return {
    queriesStarted: both(({ counters }) => counters.started),
    queriesFailed: both(({ counters }) => counters.failed),
    queriesRefused: both(({ counters }) => counters.refused),
    queriesGaveWay: both(({ counters }) => counters.gaveWay),
    queriesTimedOut: both(({ counters }) => counters.timedOut),
    queriesLeft: both(({ counters }) => counters.left),
    answersCut: both(({ counters }) => counters.cut),
    answerBytes: both(({ bytes }) => bytes),
    queriesRunning: both(({ running }) => running),
    queriesWaiting: both(({ waiting }) => waiting),
    eventClients: events.clients,
    eventClientsRefused: events.counters.refused,
    eventClientsDropped: events.counters.droppedSlow,
    connectionsOpen: connections.open,
    connectionsBusy: connections.busy,
    connectionsRefused: connections.counters.refused,
    connectionsGaveWay: connections.counters.gaveWay,
    connectionsCutSlow: connections.counters.cutSlow,
    requestsTooLong: connections.counters.tooLong,
    requestsUnauthorized: access.unauthorized,
    signInsRefused: access.signInsRefused,
    signInsSlowed: access.signInsSlowed,
    requestsForbiddenHost: access.forbiddenHosts,
    requestsForeignOrigin: access.foreignOrigins,
  };
}

/** The same for `/metrics`. */
export function serverMetrics(counters: ServerCounters): OwnMetric[] {
  const rows = Object.entries(COUNTERS) as [keyof ServerCounters, (typeof COUNTERS)[keyof ServerCounters]][];
  return rows.map(([counter, [type, name, help]]) => ({ name, type, help, value: counters[counter] }));
}
