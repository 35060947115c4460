import { z } from "@hono/zod-openapi";
import { type FlowsResult, parseFlows } from "@ngflow/flows";
import { CompletenessSchema } from "./completeness-schema.ts";
import { storeRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";
import { answerId, ColumnNameSchema, wordParams } from "./schemas.ts";

/** The words of a request for records. */
export const flowsWordParams = wordParams(
  "zone",
  "from",
  "to",
  "last",
  "time",
  "duplicates",
  "limit",
  "sort",
  "filter",
);

const FlowsResultSchema = schemaOf<FlowsResult>()(
  z
    .object({
      from: z.string(),
      to: z.string(),
      columns: z.array(ColumnNameSchema),
      rows: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.record(z.string(), z.string())]))),
      recordedFrom: z
        .string()
        .optional()
        .openapi({ description: "Flows are recorded from here on only: older ones were removed." }),
      missing: z
        .array(z.string())
        .optional()
        .openapi({ description: "Days received of which rows are missing here because they are damaged." }),
      completeness: CompletenessSchema.optional(),
      elapsedMs: z.number(),
    })
    .openapi("FlowsResult"),
);

export const flows = storeRoute({
  summary: "Raw flow records, newest first or sorted by a column",
  query: flowsWordParams.extend({ id: answerId.optional() }),
  answer: FlowsResultSchema,
  description: "Flow records.",
  ask: ({ query: words, nowMs, sets }) => {
    const spec = parseFlows(words, nowMs, "parameter", sets);
    return { rows: spec.limit, read: (store, options) => store.flowsInPieces(spec, options) };
  },
});
