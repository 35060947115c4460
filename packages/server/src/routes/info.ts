import { createRoute, z } from "@hono/zod-openapi";
import type { App, RouteContext } from "../context.ts";
import { jsonResponses } from "./schemas.ts";

const InfoSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).openapi("Info");

const route = createRoute({
  method: "get",
  path: "/api/v1/info",
  summary: "Facts about this instance, such as version, mode and interface",
  responses: jsonResponses(InfoSchema, "Names and values."),
});

export function registerInfo(app: App, { deps }: RouteContext): void {
  app.openapi(route, (c) => c.json({ ...deps.info?.() }, 200));
}
