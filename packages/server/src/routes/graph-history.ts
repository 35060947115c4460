import { z } from "@hono/zod-openapi";
import type { GraphHistory } from "@ngflow/graph";
import type { SourceRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";
import { RoleSchema } from "./schemas.ts";

const EndSchema = z.object({ id: z.number().int(), node: z.string().nullable(), hook: z.string() });
const nodeFields = { id: z.number().int(), type: z.string() };
const madeFields = { ...nodeFields, role: RoleSchema };

const ChangeSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.enum(["made", "gone"]), ...madeFields, name: z.string().nullable() }),
  z.object({ kind: z.literal("named"), ...nodeFields, name: z.string(), was: z.string().nullable() }),
  z.object({ kind: z.enum(["joined", "parted"]), ends: z.tuple([EndSchema, EndSchema]) }),
]);

const HistorySchema = schemaOf<GraphHistory>()(
  z
    .object({
      base: z
        .array(
          z.object({
            ...madeFields,
            name: z.string().nullable(),
            hooks: z.array(z.object({ name: z.string(), peerId: z.number().int(), peerHook: z.string() })),
          }),
        )
        .openapi({ description: "The graph before the first step." }),
      steps: z.array(
        z.object({
          sequence: z
            .number()
            .int()
            .openapi({ description: "Number of the step, from 1 since the graph was created." }),
          timeMs: z.number(),
          sender: z
            .string()
            .nullable()
            .openapi({ description: "Name of the node that sent the command; null for the daemon itself." }),
          words: z.array(z.string()).openapi({ description: "The operation as words of an ngctl command." }),
          errno: z.number().int().openapi({ description: "0, or FreeBSD's error number if it was refused." }),
          changes: z.array(ChangeSchema),
        }),
      ),
      dropped: z
        .number()
        .int()
        .openapi({ description: "Number of older steps that are no longer kept. `base` is the graph after them." }),
    })
    .openapi("GraphHistory"),
);

export const graphHistory = {
  summary: "The last operations on the graph, and what each changed",
  answer: HistorySchema,
  description: "The history; 404 where this server has no access to a graph.",
  absent: "a graph",
} as const satisfies SourceRoute<unknown>;
