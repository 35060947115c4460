import type { z } from "@hono/zod-openapi";
import type { FlowReader } from "@ngflow/flows";

/** What every route of the API says of itself: validation, OpenAPI document and typed client are derived from it. */
interface RouteBase<Answer> {
  readonly summary: string;
  readonly answer: z.ZodType<Answer>;
  /** What the answer holds, for the document. */
  readonly description: string;
}

/** What a route computes its answer from. */
export interface RouteRequest<Query> {
  /** The parameters, validated. */
  readonly query: Query;
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** Runs `work` on the store when it is this request's turn. @throws ApiError of the query gate */
  readonly read: <T>(work: (store: FlowReader) => Promise<T>) => Promise<T>;
}

/** A GET whose answer follows from its parameters and the store. */
export interface QueryRoute<Query extends z.ZodObject, Answer> extends RouteBase<Answer> {
  readonly query: Query;
  handle(request: RouteRequest<z.output<Query>>): Answer | Promise<Answer>;
}

/** A GET without parameters: it answers what the data source of its path says at that moment. */
export interface SourceRoute<Answer> extends RouteBase<Answer> {
  /** What the server may have no access to; the source then says null, and the answer is 404. */
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
