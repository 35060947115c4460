import { z } from "@hono/zod-openapi";
import { COLUMNS, type DimensionName, METRICS, type QueryResult } from "@ngflow/flows";
import { ApiError } from "../errors.ts";
import { parseStepMs, parseTimeRange } from "../time-range.ts";
import { queryRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";
import { CellSchema, rangeParams } from "./schemas.ts";

/** Dimensions by lower-case name: names are accepted in any case and answered in their own. */
const DIMENSIONS = new Map<string, DimensionName>();
for (const column of COLUMNS) if (column.role === "dimension") DIMENSIONS.set(column.name.toLowerCase(), column.name);

/** Dimensions one query may group by. */
const MAX_DIMENSIONS = 8;

const params = z.object({
  by: z.string().optional().openapi({ description: "Dimensions, comma separated.", example: "SrcAddr,DstAddr" }),
  metric: z.enum(METRICS).default("bytes").openapi({ description: "What is summed." }),
  ...rangeParams,
  step: z
    .string()
    .optional()
    .openapi({ description: "Bin width in seconds or as a duration, or `auto`; none for totals." }),
  top: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .openapi({ description: "Groups kept; the rest is summed." }),
});

const QueryResultSchema = schemaOf<QueryResult>()(
  z
    .object({
      from: z.string(),
      to: z.string(),
      step: z.number().nullable().openapi({ description: "Seconds." }),
      columns: z.array(z.string()),
      rows: z.array(z.record(z.string(), CellSchema)),
      tier: z.string(),
      elapsedMs: z.number(),
    })
    .openapi("QueryResult"),
);

/** @throws ApiError `bad-request` naming what is not a dimension. */
export function parseDimensions(text: string | undefined): DimensionName[] {
  const names = (text ?? "").split(",").map((name) => name.trim());
  const by = names
    .filter((name) => name !== "")
    .map((name) => {
      const dimension = DIMENSIONS.get(name.toLowerCase());
      if (dimension) return dimension;
      throw new ApiError("bad-request", `by=${name}: not a dimension; see /api/v1/columns`);
    });
  if (new Set(by).size !== by.length) throw new ApiError("bad-request", "by: a dimension is named twice");
  if (by.length > MAX_DIMENSIONS) throw new ApiError("bad-request", `by: at most ${MAX_DIMENSIONS} dimensions`);
  return by;
}

export const query = queryRoute({
  summary: "Totals by dimensions, as a time series when a step is given",
  query: params,
  answer: QueryResultSchema,
  description: "Rows, largest group first; the group of the rest has null dimensions.",
  handle: ({ query: words, nowMs, read }) => {
    const range = parseTimeRange(words, nowMs);
    const stepMs = parseStepMs(words.step, range);
    const filter = words.filter?.trim() ?? "";
    const spec = {
      by: parseDimensions(words.by),
      metric: words.metric,
      ...range,
      top: words.top,
      ...(stepMs === undefined ? {} : { stepMs }),
      ...(filter === "" ? {} : { filter }),
    };
    return read((store) => store.query(spec));
  },
});
