import { z } from "@hono/zod-openapi";
import { DEFAULT_SQL_ROWS, MAX_SQL_CHARACTERS, MAX_SQL_ROWS, type SqlResult } from "@ngflow/flows";
import { ApiError } from "../errors.ts";
import { storeRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";
import { answerId } from "./schemas.ts";

/** A statement, and how many rows of it. */
export const sqlParams = z.object({
  sql: z.string().min(1).max(MAX_SQL_CHARACTERS).openapi({
    description: "One SELECT of the database's SQL over the tables of the store.",
    example: "SELECT Proto, count() AS flows FROM flows GROUP BY Proto",
  }),
  limit: z.coerce.number().int().min(1).max(MAX_SQL_ROWS).default(DEFAULT_SQL_ROWS).openapi({
    description: "Most rows of the answer.",
  }),
});

const SqlResultSchema = schemaOf<SqlResult>()(
  z
    .object({
      columns: z.array(z.string()),
      types: z.array(z.string()).openapi({ description: "As the database names them." }),
      rows: z.array(
        z.record(z.string(), z.union([z.string(), z.number(), z.record(z.string(), z.string()), z.null()])),
      ),
      more: z.boolean().openapi({ description: "The statement has more rows than the limit." }),
      elapsedMs: z.number(),
    })
    .openapi("SqlResult"),
);

export const sql = storeRoute({
  summary: "SQL that reads the tables of the store and nothing else",
  query: sqlParams.extend({ id: answerId.optional() }),
  answer: SqlResultSchema,
  description: "Rows in the order of the statement.",
  ask: ({ query }) => ({
    rows: query.limit,
    // One call of a function is not interrupted: sum(editDistance(…)) may take minutes.
    uninterruptible: true,
    read: async (store, options) => {
      if (store.sqlInPieces === undefined) throw new ApiError("not-found", "this server has no database with SQL");
      return store.sqlInPieces(query, options);
    },
  }),
});
