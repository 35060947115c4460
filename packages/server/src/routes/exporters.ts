import { createRoute, z } from "@hono/zod-openapi";
import type { App, RouteContext } from "../context.ts";
import { jsonResponses } from "./schemas.ts";

const ExportersSchema = z.object({ exporters: z.array(z.unknown()) }).openapi("Exporters");

const route = createRoute({
  method: "get",
  path: "/api/v1/exporters",
  summary: "The exporters the collector has heard from",
  responses: jsonResponses(ExportersSchema, "One entry per exporter, with what the collector knows of it."),
});

export function registerExporters(app: App, { deps }: RouteContext): void {
  app.openapi(route, (c) => {
    c.header("cache-control", "no-store");
    return c.json({ exporters: [...(deps.exporters?.() ?? [])] }, 200);
  });
}
