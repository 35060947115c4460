import { z } from "@hono/zod-openapi";
import { parseQuery, type QueryCost } from "@ngflow/flows";
import { queryWordParams } from "./query.ts";
import { assistRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";

const CostSchema = schemaOf<QueryCost>()(
  z
    .object({
      from: z.string(),
      to: z.string(),
      tier: z.string().openapi({ description: "The tables that answer, coarsest first, with + between them." }),
      tiers: z
        .array(
          z.object({
            name: z.string(),
            parts: z.number(),
            rows: z.number(),
            bytes: z.number().openapi({ description: "On disk, nearly: of every column of these rows." }),
          }),
        )
        .openapi({ description: "Those that have rows in the range, largest first." }),
      parts: z.number(),
      rows: z.number(),
      bytes: z.number(),
      aboutMs: z.number().openapi({ description: "How long it takes, nearly: as the last answers of this kind." }),
      why: z.string().nullable().openapi({ description: "Why flows are read one by one; null if only sums are." }),
    })
    .openapi("QueryCost"),
);

export const cost = assistRoute({
  summary: "What a query would read, and about how long it takes; nothing is read",
  query: queryWordParams,
  answer: CostSchema,
  description: "Tables, parts, rows and bytes, from the indexes.",
  handle: ({ query, nowMs }, help) => help.cost(parseQuery(query, nowMs)),
});
