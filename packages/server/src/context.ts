import type { OpenAPIHono } from "@hono/zod-openapi";
import type { QueryGate } from "./answers/query-gate.ts";
import type { SeenValues } from "./answers/seen-values.ts";
import type { AccessCounters } from "./access/counters.ts";
import type { ServerDeps } from "./deps.ts";
import type { EventStream } from "./event-stream.ts";
import type { OwnMetric } from "./prometheus.ts";
import type { Connections } from "./connections.ts";

/** What routes share. */
export interface RouteContext {
  readonly deps: ServerDeps;
  readonly gate: QueryGate;
  /** Values of columns, for completions. */
  readonly seen: SeenValues;
  readonly events: EventStream;
  readonly access: AccessCounters;
  readonly connections: Connections;
  readonly ownMetrics: () => readonly OwnMetric[];
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

export type App = OpenAPIHono;
