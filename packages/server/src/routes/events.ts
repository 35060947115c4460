import type { HttpBindings } from "@hono/node-server";
import { createRoute, z } from "@hono/zod-openapi";
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

export function registerEvents(app: App, { events }: RouteContext): void {
  app.openapi(route, (c) =>
    c.body(
      events.open(() => cutConnection(c.env)),
      200,
      {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      },
    ),
  );
}

/** Breaks the connection of a request; what Node.js buffered for it is freed. */
function cutConnection(env: unknown): void {
  (env as Partial<HttpBindings> | undefined)?.outgoing?.destroy();
}
