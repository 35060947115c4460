import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AlertService } from "@ngflow/alerts";
import type { Costs } from "./answers/costs.ts";
import type { RunningAnswers } from "./answers/running-answers.ts";
import type { QueryGate } from "./answers/query-gate.ts";
import type { Completenesses } from "./losses/completenesses.ts";
import type { SeenValues } from "./answers/seen-values.ts";
import type { Auditor } from "./audit/auditor.ts";
import type { AccessCounters } from "./access/counters.ts";
import type { ServerDeps } from "./deps.ts";
import type { EventStream } from "./event-stream.ts";
import type { OwnMetric } from "./prometheus.ts";
import type { Connections } from "./connections.ts";

/** What routes share. */
export interface RouteContext {
  readonly deps: ServerDeps;
  readonly gate: QueryGate;
  /** What answers lack. */
  readonly completeness: Completenesses;
  /** Values of columns, for completions. */
  readonly seen: SeenValues;
  readonly auditor: Auditor;
  /** Null where there are none. */
  readonly alerts: AlertService | null;
  readonly costs: Costs;
  readonly answers: RunningAnswers;
  readonly events: EventStream;
  readonly access: AccessCounters;
  readonly connections: Connections;
  readonly ownMetrics: () => Promise<readonly OwnMetric[]>;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

export type App = OpenAPIHono;
