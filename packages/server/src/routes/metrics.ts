import { createRoute, z } from "@hono/zod-openapi";
import type { App, RouteContext } from "../context.ts";
import { prometheusText } from "../prometheus.ts";

const route = createRoute({
  method: "get",
  path: "/metrics",
  summary: "Every counter as Prometheus text",
  responses: {
    200: { description: "Text exposition format 0.0.4.", content: { "text/plain": { schema: z.string() } } },
  },
});

export function registerMetrics(app: App, { deps, ownMetrics }: RouteContext): void {
  app.openapi(route, async (c) => {
    const text = prometheusText(await deps.sources["/pipeline"](), await ownMetrics());
    return c.text(text, 200, {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
      "cache-control": "no-store",
    });
  });
}
