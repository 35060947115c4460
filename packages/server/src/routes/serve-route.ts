import { createRoute, z } from "@hono/zod-openapi";
import type { App, RouteContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import type { ApiPath } from "./index.ts";
import type { AnyRoute } from "./route.ts";
import { jsonResponses } from "./schemas.ts";

/** Serves one row of the route table below `/api/v1`. */
export function serveRoute(app: App, path: ApiPath, route: AnyRoute, context: RouteContext): void {
  const { deps, gate, nowMs } = context;
  const sources = deps.sources as Readonly<Record<string, () => unknown>>;
  const spec = createRoute({
    method: "get",
    path: `/api/v1${path}`,
    summary: route.summary,
    request: { query: route.query ?? z.object({}) },
    responses: jsonResponses(route.answer, route.description),
  });
  app.openapi(spec, async (c) => {
    if (route.handle) {
      const { signal } = c.req.raw;
      const query = c.req.valid("query");
      const answer = await route.handle({
        query,
        nowMs: nowMs(),
        read: (work) => gate.run(() => work(deps.reader), signal),
      });
      return c.json(answer as never, 200);
    }
    const answer = await sources[path]!();
    if (answer === null) throw new ApiError("not-found", `this server has no access to ${route.absent}`);
    c.header("cache-control", "no-store");
    return c.json(answer as never, 200);
  });
}
