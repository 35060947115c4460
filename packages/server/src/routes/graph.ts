import { createRoute, z } from "@hono/zod-openapi";
import type { App, RouteContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { jsonResponses, RoleSchema } from "./schemas.ts";

const GraphSchema = z
  .object({
    revision: z.number().int(),
    timeMs: z.number(),
    counters: z
      .object({
        loopDrops: z.number().openapi({ description: "Packets dropped because they went round in a loop." }),
        queueOverflows: z.number().openapi({ description: "Queued deliveries refused because the queue was full." }),
        deliveriesToDeadNode: z.number().openapi({ description: "Queued deliveries whose node was gone." }),
        nodesRefused: z.number().openapi({ description: "Nodes that were not made because there were too many." }),
      })
      .openapi({ description: "What was lost inside the graph, between its nodes." }),
    ended: z
      .record(z.string(), z.record(z.string(), z.number()))
      .openapi({ description: "Counters of nodes that are gone, summed by the name of their type." }),
    endedRoles: z.record(z.string(), RoleSchema).openapi({ description: "Roles of the types that `ended` names." }),
    nodes: z.array(
      z.object({
        id: z.number().int(),
        name: z.string().nullable(),
        type: z.string(),
        role: RoleSchema,
        hooks: z.array(
          z.object({
            name: z.string(),
            peerId: z.number().int(),
            peerHook: z.string(),
            outPackets: z.number(),
            outBytes: z.number(),
            outErrors: z.number(),
          }),
        ),
        counters: z.record(z.string(), z.number()),
      }),
    ),
  })
  .openapi("Graph");

const route = createRoute({
  method: "get",
  path: "/api/v1/graph",
  summary: "The graph at this moment: nodes, hooks, counters",
  responses: jsonResponses(GraphSchema, "The graph; 404 where no graph is in reach of this server."),
});

export function registerGraph(app: App, { deps }: RouteContext): void {
  app.openapi(route, async (c) => {
    const graph = await deps.graph();
    if (!graph) throw new ApiError("not-found", "no graph is in reach of this server");
    c.header("cache-control", "no-store");
    const nodes = graph.nodes.map((node) => ({ ...node, hooks: [...node.hooks] }));
    return c.json({ ...graph, nodes, ended: { ...graph.ended }, endedRoles: { ...graph.endedRoles } }, 200);
  });
}
