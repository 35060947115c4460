import { createRoute, z } from "@hono/zod-openapi";
import type { App, RouteContext } from "../context.ts";
import { parseTimeRange } from "../time-range.ts";
import { jsonResponses, rangeParams } from "./schemas.ts";

const params = z.object({
  ...rangeParams,
  limit: z.coerce.number().int().min(1).max(10_000).default(100).openapi({ description: "Rows at most." }),
});

const FlowsResultSchema = z
  .object({
    from: z.string(),
    to: z.string(),
    columns: z.array(z.string()),
    rows: z.array(z.record(z.string(), z.union([z.string(), z.number()]))),
    elapsedMs: z.number(),
  })
  .openapi("FlowsResult");

const route = createRoute({
  method: "get",
  path: "/api/v1/flows",
  summary: "Raw flow records, newest first",
  request: { query: params },
  responses: jsonResponses(FlowsResultSchema, "Flow records, newest first."),
});

export function registerFlows(app: App, { deps, gate, nowMs }: RouteContext): void {
  app.openapi(route, async (c) => {
    const query = c.req.valid("query");
    const filter = query.filter?.trim() ?? "";
    const spec = { ...parseTimeRange(query, nowMs()), limit: query.limit, ...(filter === "" ? {} : { filter }) };
    const result = await gate.run(() => deps.reader.flows(spec), c.req.raw.signal);
    return c.json({ ...result, columns: [...result.columns], rows: [...result.rows] }, 200);
  });
}
