import { z } from "@hono/zod-openapi";
import { COLUMNS } from "@ngflow/flows";
import { queryRoute } from "./route.ts";

const ColumnsSchema = z
  .object({ columns: z.array(z.object({ name: z.string(), label: z.string(), role: z.string(), kind: z.string() })) })
  .openapi("Columns");

const rows = COLUMNS.map(({ name, label, role, kind }) => ({ name, label, role, kind }));

export const columns = queryRoute({
  summary: "The flow columns: names for queries and filters, labels, roles",
  query: z.object({}),
  answer: ColumnsSchema,
  description: "Every column, in the order of the table.",
  handle: () => ({ columns: rows }),
});
