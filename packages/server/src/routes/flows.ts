import { z } from "@hono/zod-openapi";
import type { FlowsResult } from "@ngflow/flows";
import { parseTimeRange } from "../time-range.ts";
import { queryRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";
import { ColumnNameSchema, rangeParams } from "./schemas.ts";

const params = z.object({
  ...rangeParams,
  limit: z.coerce.number().int().min(1).max(10_000).default(100).openapi({ description: "Rows at most." }),
});

const FlowsResultSchema = schemaOf<FlowsResult>()(
  z
    .object({
      from: z.string(),
      to: z.string(),
      columns: z.array(ColumnNameSchema),
      rows: z.array(z.record(z.string(), z.union([z.string(), z.number()]))),
      elapsedMs: z.number(),
    })
    .openapi("FlowsResult"),
);

export const flows = queryRoute({
  summary: "Raw flow records, newest first",
  query: params,
  answer: FlowsResultSchema,
  description: "Flow records, newest first.",
  handle: ({ query, nowMs, read }) => {
    const filter = query.filter?.trim() ?? "";
    const spec = { ...parseTimeRange(query, nowMs), limit: query.limit, ...(filter === "" ? {} : { filter }) };
    return read((store) => store.flows(spec));
  },
});
