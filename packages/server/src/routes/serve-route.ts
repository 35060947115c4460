import { createRoute, z } from "@hono/zod-openapi";
import type { AnswerInPieces, FilterSets, KnownLosses } from "@ngflow/flows";
import type { Context, MiddlewareHandler } from "hono";
import { callerOf } from "../access/caller.ts";
import { askAs } from "../answers/ask-as.ts";
import { BodyTurns } from "../answers/body-turns.ts";
import { answerPieces, jsonPieces } from "../answers/json-pieces.ts";
import type { HeldAnswer } from "../answers/query-gate.ts";
import { sendJson } from "../answers/send-json.ts";
import { Turns } from "../answers/turns.ts";
import type { App, RouteContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { SetsSchema } from "./filter-sets.ts";
import { type ApiPath, SETS_PATHS } from "./index.ts";
import type { AnyRoute, RouteHelp, RouteRequest, StoreRequest } from "./route.ts";
import { jsonResponses } from "./schemas.ts";

/** The answers of all routes share the event loop. */
const TURNS = new Turns();
const BODIES = new BodyTurns();
/** Of a request whose body is parsed, what ends its turn. */
const READING = new WeakMap<Request, () => void>();

/** Serves one row of the route table below `/api/v1`. */
export function serveRoute(app: App, path: ApiPath, route: AnyRoute, context: RouteContext): void {
  const { alerts, answers, auditor, completeness, costs, deps, gate, nowMs, seen } = context;
  const sources = deps.sources as Readonly<Record<string, () => unknown>>;
  const help: RouteHelp = {
    seen: (column, toMs, caller) => seen.of(column, toMs, caller),
    ask: (caller) => askAs(caller, { gate, reader: deps.reader, completeness }),
    names: async () => (await deps.sources["/names"]()).names,
    hostNames: () => deps.hostNames?.() ?? null,
    audit: (lastMs) => auditor.audit(lastMs),
    costs,
    progress: (id) => answers.of(id),
    askNode: async (...question) => (await deps.askNode?.(...question)) ?? null,
    alerts,
  };
  const spec = {
    path: `/api/v1${path}`,
    summary: route.summary,
    request: { query: route.query ?? z.object({}) },
    responses: jsonResponses(route.answer, route.description),
  };
  const answer = async (c: Context, query: Readonly<Record<string, unknown>>, sets: FilterSets): Promise<never> => {
    const request = {
      query,
      sets,
      nowMs: nowMs(),
      reader: c.get("reader"),
      caller: callerOf(c),
      // Made when it is needed.
      get signal() {
        return c.req.raw.signal;
      },
    };
    if (route.ask) {
      const { id } = request.query as { readonly id?: string };
      const asked = route.ask(request);
      READING.get(c.req.raw)?.();
      const { held, lacks } = await askStore(asked, { ...request, id }, context);
      const frame = completeness.added(held.answer.frame, lacks);
      return sendJson(c, answerPieces({ ...held.answer, frame }), TURNS, held) as never;
    }
    const handled = route.handle ? route.handle(request, help) : sources[path]!();
    // It is parsed: what follows may wait for long.
    READING.get(c.req.raw)?.();
    const found = await handled;
    if (found === null) throw new ApiError("not-found", `this server has no access to ${route.absent}`);
    if (!route.handle || route.assists) c.header("cache-control", "no-store");
    return sendJson(c, jsonPieces(found), TURNS) as never;
  };
  app.openapi(createRoute({ method: "get", ...spec }), (c) => answer(c, c.req.valid("query"), {}));
  if (!SETS_PATHS.some((asked) => asked === path)) return;
  const body = { content: { "application/json": { schema: SetsSchema } }, required: true };
  const posted = createRoute({
    method: "post",
    ...spec,
    summary: `${route.summary}, of a filter that names files`,
    request: { ...spec.request, body },
    middleware: inTurn,
  });
  app.openapi(posted, (c) => answer(c, c.req.valid("query"), c.req.valid("json").sets));
}

/** Lets a request parse its body, which is kept when it has arrived, when it is its turn. */
const inTurn: MiddlewareHandler = async (c, next) => {
  const end = await BODIES.next(callerOf(c), () => c.req.text());
  READING.set(c.req.raw, end);
  try {
    if (c.req.raw.signal.aborted) throw new ApiError("client-gone", "client disconnected");
    await next();
  } finally {
    end();
  }
};

/** The answer of the store when it is the turn of the request, and what is lost. Who asks may watch it by an id. */
async function askStore<Answer extends { readonly rows: readonly object[] }>(
  { rows, uninterruptible, read }: StoreRequest<Answer>,
  { id, caller, signal }: Pick<RouteRequest<unknown>, "caller" | "signal"> & { readonly id: string | undefined },
  { answers, completeness, deps, gate }: RouteContext,
): Promise<{ readonly held: HeldAnswer<AnswerInPieces<Answer>>; readonly lacks: KnownLosses }> {
  const watched = answers.begin(id);
  try {
    const lacks = await completeness.known();
    const held = await gate.run({ caller, rows, uninterruptible, signal }, (ending) => {
      watched?.progress();
      ending.addEventListener("abort", () => watched?.wait(), { once: true });
      return read(deps.reader, { signal: ending, progress: watched?.progress });
    });
    return { held, lacks };
  } finally {
    watched?.end();
  }
}
