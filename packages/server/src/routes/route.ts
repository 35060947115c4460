import type { z } from "@hono/zod-openapi";
import type { FlowReader } from "@ngflow/flows";

/** Declares a route of the API. Validation, OpenAPI document and typed client are derived from it. */
interface RouteBase<Answer> {
  readonly summary: string;
  readonly answer: z.ZodType<Answer>;
  /** What the answer contains, for the OpenAPI document. */
  readonly description: string;
}

/** What a route computes its answer from. */
export interface RouteRequest<Query> {
  /** The parameters, validated. */
  readonly query: Query;
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** Runs `work` on the store when it is the turn of this request. @throws ApiError of the query gate */
  readonly read: <T>(work: (store: FlowReader) => Promise<T>) => Promise<T>;
}

/** A GET whose answer follows from its parameters and the store. */
export interface QueryRoute<Query extends z.ZodObject, Answer> extends RouteBase<Answer> {
  readonly query: Query;
  handle(request: RouteRequest<z.output<Query>>): Answer | Promise<Answer>;
}

/** A GET without parameters: it answers with the current value of the data source of its path. */
export interface SourceRoute<Answer> extends RouteBase<Answer> {
  /** What the server may have no access to. The source is then null, and the answer is 404. */
  readonly absent?: string;
}

/** Any route, for code that serves them all alike. */
export type AnyRoute = SourceRoute<unknown> & Partial<Pick<QueryRoute<z.ZodObject, unknown>, "query" | "handle">>;

/** Keeps the types of a query route, so that `handle` sees its parameters. */
export function queryRoute<Query extends z.ZodObject, Answer>(
  route: QueryRoute<Query, Answer>,
): QueryRoute<Query, Answer> {
  return route;
}
