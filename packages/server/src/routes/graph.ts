import { z } from "@hono/zod-openapi";
import type { GraphSnapshot } from "@ngflow/graph";
import type { SourceRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";
import { RoleSchema } from "./schemas.ts";

const GraphSchema = schemaOf<GraphSnapshot>()(
  z
    .object({
      revision: z.number().int(),
      timeMs: z.number(),
      counters: z
        .object({
          loopDrops: z.number().openapi({ description: "Packets dropped because they went through a loop." }),
          queueOverflows: z.number().openapi({ description: "Queued deliveries refused because the queue was full." }),
          deliveriesToDeadNode: z.number().openapi({ description: "Queued deliveries whose node no longer exists." }),
          nodesRefused: z.number().openapi({ description: "Nodes that were not created because there were too many." }),
        })
        .openapi({ description: "Losses inside the graph, between its nodes." }),
      ended: z
        .record(z.string(), z.record(z.string(), z.number()))
        .openapi({ description: "Counters of nodes that no longer exist, summed by type." }),
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
    .openapi("Graph"),
);

export const graph = {
  summary: "The graph at this moment: nodes, hooks, counters",
  answer: GraphSchema,
  description: "The graph; 404 where this server has no access to a graph.",
  absent: "a graph",
} as const satisfies SourceRoute<unknown>;
