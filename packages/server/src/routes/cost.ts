import { z } from "@hono/zod-openapi";
import { type FlowsCost, parseFlows, parseQuery, type QueryCost, type ReadCost } from "@ngflow/flows";
import { flowsWordParams } from "./flows.ts";
import { queryWordParams } from "./query.ts";
import { assistRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";
import { sqlParams } from "./sql.ts";

/** What every cost has. */
const read = {
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
};
const range = { from: z.string(), to: z.string() };

const CostSchema = schemaOf<QueryCost>()(
  z
    .object({
      ...range,
      tier: z.string().openapi({ description: "The tables that answer, coarsest first, with + between them." }),
      ...read,
      why: z.string().nullable().openapi({ description: "Why flows are read one by one; null if only sums are." }),
    })
    .openapi("QueryCost"),
);

const FlowsCostSchema = schemaOf<FlowsCost>()(
  z
    .object({
      ...range,
      ...read,
      endsEarly: z.boolean().openapi({
        description: "Reading ends when there are enough of the newest flows: it may be far less.",
      }),
    })
    .openapi("FlowsCost"),
);

const SqlCostSchema = schemaOf<ReadCost>()(z.object(read).openapi("SqlCost"));

export const cost = assistRoute({
  summary: "What a query would read, and about how long it takes",
  query: queryWordParams,
  answer: CostSchema,
  description: "Tables, parts, rows and bytes, from the indexes.",
  handle: ({ query, nowMs, sets, caller, signal }, { costs }) =>
    costs.of(parseQuery(query, nowMs, "parameter", sets), { caller, signal }),
});

export const flowsCost = assistRoute({
  summary: "The same of a request for flow records",
  query: flowsWordParams,
  answer: FlowsCostSchema,
  description: "Tables, parts, rows and bytes, from the indexes.",
  handle: ({ query, nowMs, sets, caller, signal }, { costs }) =>
    costs.ofFlows(parseFlows(query, nowMs, "parameter", sets), { caller, signal }),
});

export const sqlCost = assistRoute({
  summary: "The same of SQL",
  query: sqlParams,
  answer: SqlCostSchema,
  description: "Tables, parts, rows and bytes, from the indexes.",
  handle: ({ query, caller, signal }, { costs }) => costs.ofSql(query, { caller, signal }),
});
