import type { z } from "@hono/zod-openapi";
import { alertHistory, alerts, alertTest } from "./alerts.ts";
import { audit } from "./audit.ts";
import { columns } from "./columns.ts";
import { completions } from "./completions.ts";
import { cost, flowsCost, sqlCost } from "./cost.ts";
import { exporters } from "./exporters.ts";
import { flows } from "./flows.ts";
import { graph } from "./graph.ts";
import { graphAsk } from "./graph-ask.ts";
import { graphHistory } from "./graph-history.ts";
import { graphTypes } from "./graph-types.ts";
import { info } from "./info.ts";
import { names } from "./names.ts";
import { namesOf } from "./names-of.ts";
import { namesStatus } from "./names-status.ts";
import { pipeline } from "./pipeline.ts";
import { progress } from "./progress.ts";
import { query } from "./query.ts";
import { session } from "./session.ts";
import { sql } from "./sql.ts";
import { store } from "./store.ts";

/** The JSON API: a row per route, its path below `/api/v1`. */
export const ROUTES = {
  "/query": query,
  "/cost": cost,
  "/cost/flows": flowsCost,
  "/cost/sql": sqlCost,
  "/progress": progress,
  "/flows": flows,
  "/sql": sql,
  "/pipeline": pipeline,
  "/graph": graph,
  "/graph/history": graphHistory,
  "/graph/types": graphTypes,
  "/graph/ask": graphAsk,
  "/columns": columns,
  "/completions": completions,
  "/exporters": exporters,
  "/audit": audit,
  "/alerts": alerts,
  "/alerts/history": alertHistory,
  "/alerts/test": alertTest,
  "/names": names,
  "/names/of": namesOf,
  "/names/status": namesStatus,
  "/store": store,
  "/session": session,
  "/info": info,
} as const;

type Routes = typeof ROUTES;

export type ApiPath = keyof Routes;

/** The answer of a route. */
export type ApiAnswer<P extends ApiPath> = z.output<Routes[P]["answer"]>;

/** The parameters of a route. All are sent as text, so a text parameter may also be a number or a list of words. */
export type ApiParams<P extends ApiPath> = Routes[P] extends { readonly query: infer Query extends z.ZodObject }
  ? { readonly [K in keyof z.input<Query>]: Param<z.output<Query>[K & keyof z.output<Query>]> }
  : { readonly [name: string]: never };

type Param<T> = string extends T ? string | number | readonly string[] | undefined : T | undefined;

/** Paths whose answer is 404 if the server has no access to what they show. */
export type AbsentPath = { [P in ApiPath]: Routes[P] extends { readonly absent: string } ? P : never }[ApiPath];

/** Questions whose filter may name files (`@FILE`): the same request is then posted, with their texts as its body. */
export const SETS_PATHS = ["/query", "/cost", "/flows", "/cost/flows"] as const satisfies readonly ApiPath[];

export type SetsPath = (typeof SETS_PATHS)[number];

type SourcePath = { [P in ApiPath]: Routes[P] extends { readonly query: unknown } ? never : P }[ApiPath];

/** The data sources of the routes without parameters, by path. Each is asked when a request needs it. */
export type Sources = {
  readonly [P in SourcePath]: () => Sourced<ApiAnswer<P> | (P extends AbsentPath ? null : never)>;
};

type Sourced<T> = T | Promise<T>;
