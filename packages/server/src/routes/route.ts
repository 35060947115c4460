import type { z } from "@hono/zod-openapi";
import type { AlertService, Ask } from "@ngflow/alerts";
import type {
  AnswerInPieces,
  Audit,
  FilterSets,
  LearnedName,
  PieceReader,
  ReadOptions,
  ValueName,
} from "@ngflow/flows";
import type { Costs } from "../answers/costs.ts";
import type { AnswerProgress } from "../answers/running-answers.ts";
import type { Reader } from "../access/reader.ts";
import type { NodeReply } from "../graph/node-reply.ts";

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
  /** Texts of the files that the filter names, of a request that was posted. */
  readonly sets: FilterSets;
  /** Unix milliseconds. */
  readonly nowMs: number;
  readonly reader: Reader;
  /** Who shares the store with others, see `callerOf`. */
  readonly caller: string;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
}

/** A GET whose answer follows from its parameters. */
export interface QueryRoute<Query extends z.ZodObject, Answer> extends RouteBase<Answer> {
  readonly query: Query;
  handle(request: RouteRequest<z.output<Query>>): Answer;
}

interface Rows {
  readonly rows: readonly object[];
}

/** What a request asks the store for. */
export interface StoreRequest<Answer extends Rows> {
  /** Rows that the answer has at most. */
  readonly rows: number;
  /** See the gate: whether the store may not be able to end it at once. */
  readonly uninterruptible?: boolean;
  read(store: PieceReader, options: ReadOptions): Promise<AnswerInPieces<Answer>>;
}

/** A GET that the store answers when it is the turn of the request. */
export interface StoreRoute<Query extends z.ZodObject, Answer extends Rows> extends RouteBase<Answer> {
  readonly query: Query;
  /** @throws FlowsError for parameters that are not valid. */
  ask(request: RouteRequest<z.output<Query>>): StoreRequest<Answer>;
}

/** What a route may ask for that is no source of its own. */
export interface RouteHelp {
  /** Values of a column in the store, of the last hours before `toMs`; undefined if they are not there in time. */
  readonly seen: (column: ValueName, toMs: number, caller: string) => Promise<readonly (string | number)[] | undefined>;
  /** Names that exporters sent. */
  readonly names: () => Promise<readonly LearnedName[]>;
  /** Names of hosts by address, as there are now; null on a server without a source of them. */
  readonly hostNames: () => ReadonlyMap<string, string> | null;
  /** What the hops counted in the last `lastMs` milliseconds, compared. */
  readonly audit: (lastMs: number) => Promise<Audit>;
  /** Asks the store in the place of a caller. */
  readonly ask: (caller: string) => Ask;
  /** What a request would read. */
  readonly costs: Pick<Costs, "of" | "ofFlows" | "ofSql">;
  /** How far the answer to a request with an id is. */
  readonly progress: (id: string) => AnswerProgress;
  /** Sends a node of the graph a message that changes nothing; null where there is no graph. */
  readonly askNode: (node: number, message: string, args: string) => Promise<NodeReply | null>;
  /** Null on a server without alerts. */
  readonly alerts: AlertService | null;
}

/** A GET whose answer follows from its parameters and from a look at what there is. */
export interface AssistRoute<Query extends z.ZodObject, Answer> extends RouteBase<Answer> {
  readonly query: Query;
  readonly assists: true;
  handle(request: RouteRequest<z.output<Query>>, help: RouteHelp): Promise<Answer>;
}

/** A GET without parameters: it answers with the current value of the data source of its path. */
export interface SourceRoute<Answer> extends RouteBase<Answer> {
  /** What the server may have no access to. The source is then null, and the answer is 404. */
  readonly absent?: string;
}

/** Any route, for code that serves them all alike. */
export type AnyRoute = SourceRoute<unknown> &
  Partial<Pick<AssistRoute<z.ZodObject, unknown>, "query" | "assists">> & {
    handle?(request: RouteRequest<unknown>, help: RouteHelp): unknown;
  } & Partial<Pick<StoreRoute<z.ZodObject, Rows>, "ask">>;

/** Keeps the types of a query route, so that `handle` sees its parameters. */
export function queryRoute<Query extends z.ZodObject, Answer>(
  route: QueryRoute<Query, Answer>,
): QueryRoute<Query, Answer> {
  return route;
}

/** Keeps the types of a store route, so that `ask` sees its parameters. */
export function storeRoute<Query extends z.ZodObject, Answer extends Rows>(
  route: StoreRoute<Query, Answer>,
): StoreRoute<Query, Answer> {
  return route;
}

/** Keeps the types of an assisting route, so that `handle` sees its parameters. */
export function assistRoute<Query extends z.ZodObject, Answer>(
  route: Omit<AssistRoute<Query, Answer>, "assists">,
): AssistRoute<Query, Answer> {
  return { ...route, assists: true };
}
