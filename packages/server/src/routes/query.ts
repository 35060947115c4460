import { z } from "@hono/zod-openapi";
import { DEFAULT_TOP, groupsOf, parseQuery, type QueryResult, rowsOf } from "@ngflow/flows";
import { CompletenessSchema } from "./completeness-schema.ts";
import { storeRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";
import { answerId, CellSchema, wordParams } from "./schemas.ts";

/** The words of an aggregate. */
export const queryWordParams = wordParams(
  "by",
  "metric",
  "zone",
  "from",
  "to",
  "last",
  "step",
  "top",
  "statistic",
  "order",
  "counters",
  "time",
  "duplicates",
  "previous",
  "filter",
);

const QueryResultSchema = schemaOf<QueryResult>()(
  z
    .object({
      from: z.string(),
      to: z.string(),
      step: z.number().nullable().openapi({ description: "Seconds." }),
      columns: z.array(z.string()),
      rows: z.array(z.record(z.string(), CellSchema)),
      tier: z.string(),
      recordedFrom: z.string().optional().openapi({
        description:
          "What was asked is recorded from here on only: what is older was removed, and only totals that cannot answer are left.",
      }),
      previous: z.object({ from: z.string(), to: z.string(), recordedFrom: z.string().optional() }).optional().openapi({
        description: "The range of column previous; in a series its values are in the bins of the asked range.",
      }),
      missing: z
        .array(z.string())
        .optional()
        .openapi({ description: "Days received of which rows are missing here because they are damaged." }),
      unsettledFrom: z
        .string()
        .optional()
        .openapi({
          description:
            "From here on the range is not settled: the exporter of this machine has flows under way that it will export " +
            "later. May be before `from`. Absent if the range is settled, or no timeouts are known.",
        }),
      liveAt: z.string().optional().openapi({
        description:
          "What the flow caches of this machine's exporters had at this moment is part of the answer. Absent if not.",
      }),
      completeness: CompletenessSchema.optional(),
      elapsedMs: z.number(),
    })
    .openapi("QueryResult"),
);

export const query = storeRoute({
  summary: "Totals by dimensions, as a time series when a step is given",
  query: queryWordParams.extend({ id: answerId.optional() }),
  answer: QueryResultSchema,
  description: "Rows, largest group first; the group of the rest has null dimensions.",
  ask: ({ query: words, nowMs, sets }) => {
    const spec = parseQuery(words, nowMs, "parameter", sets);
    return {
      rows: rowsOf(spec, spec.stepMs ?? null, groupsOf(spec.by, spec.top ?? DEFAULT_TOP)),
      read: (store, options) => store.queryInPieces(spec, { ...options, live: true }),
    };
  },
});
