import { createRoute, z } from "@hono/zod-openapi";
import { answerPieces, jsonPieces } from "../answers/json-pieces.ts";
import { sendJson } from "../answers/send-json.ts";
import { Turns } from "../answers/turns.ts";
import type { App, RouteContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import type { ApiPath } from "./index.ts";
import type { AnyRoute, RouteHelp } from "./route.ts";
import { jsonResponses } from "./schemas.ts";

/** The answers of all routes share the event loop. */
const TURNS = new Turns();

/** Serves one row of the route table below `/api/v1`. */
export function serveRoute(app: App, path: ApiPath, route: AnyRoute, context: RouteContext): void {
  const { deps, gate, nowMs, seen } = context;
  const sources = deps.sources as Readonly<Record<string, () => unknown>>;
  const help: RouteHelp = {
    seen: (column, toMs) => seen.of(column, toMs),
    names: async () => (await deps.sources["/names"]()).names,
  };
  const spec = createRoute({
    method: "get",
    path: `/api/v1${path}`,
    summary: route.summary,
    request: { query: route.query ?? z.object({}) },
    responses: jsonResponses(route.answer, route.description),
  });
  app.openapi(spec, async (c) => {
    const request = { query: c.req.valid("query"), nowMs: nowMs(), reader: c.get("reader") };
    if (route.ask) {
      const { rows, read } = route.ask(request);
      const { signal } = c.req.raw;
      const held = await gate.run({ rows, signal }, (ending) => read(deps.reader, { signal: ending }));
      return sendJson(c, answerPieces(held.answer), TURNS, held) as never;
    }
    const answer = route.handle ? await route.handle(request, help) : await sources[path]!();
    if (answer === null) throw new ApiError("not-found", `this server has no access to ${route.absent}`);
    if (!route.handle || route.assists) c.header("cache-control", "no-store");
    return sendJson(c, jsonPieces(answer), TURNS) as never;
  });
}
