import { createRoute, z } from "@hono/zod-openapi";
import { cutConnection } from "../answers/send-json.ts";
import type { App, RouteContext } from "../context.ts";
import { ErrorSchema } from "./schemas.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/events",
  summary: "Server-sent events: `pipeline` and `graph` once a second, `heartbeat` every ten",
  responses: {
    200: {
      description: "`pipeline` carries the pipeline with `timeMs`, `graph` the graph, `heartbeat` a `timeMs`.",
      content: { "text/event-stream": { schema: z.string() } },
    },
    503: { description: "Too many streams are open.", content: { "application/json": { schema: ErrorSchema } } },
  },
});

export function registerEvents(app: App, { events, connections }: RouteContext): void {
  app.openapi(route, (c) => {
    const stream = events.open(() => cutConnection(c.env));
    connections.endless(c.env);
    return c.body(stream, 200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
  });
}
