import { createRoute, z } from "@hono/zod-openapi";
import type { App, RouteContext } from "../context.ts";
import { jsonResponses } from "./schemas.ts";

const PipelineSchema = z
  .object({
    packetsSeen: z.number(),
    packetsDropped: z.number(),
    packetsAccounted: z.number(),
    recordsExported: z.number(),
    datagramsReceived: z.number(),
    recordsLost: z.number(),
    recordsDecoded: z.number(),
    rowsStored: z.number(),
    hops: z.array(
      z.object({
        hop: z.string(),
        counters: z.record(z.string(), z.number()),
        lastSeenMs: z.number().nullable().openapi({ description: "Unix milliseconds." }),
      }),
    ),
  })
  .openapi("Pipeline");

const route = createRoute({
  method: "get",
  path: "/api/v1/pipeline",
  summary: "The count at each hop, from the first packet to the stored row",
  responses: jsonResponses(PipelineSchema, "Totals since start, and every hop with its own counters."),
});

export function registerPipeline(app: App, { deps }: RouteContext): void {
  app.openapi(route, async (c) => {
    const pipeline = await deps.pipeline();
    c.header("cache-control", "no-store");
    return c.json({ ...pipeline, hops: [...pipeline.hops] }, 200);
  });
}
