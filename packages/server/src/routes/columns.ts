import { z } from "@hono/zod-openapi";
import { COLUMNS, NAMED } from "@ngflow/flows";
import { queryRoute } from "./route.ts";

const ColumnsSchema = z
  .object({ columns: z.array(z.object({ name: z.string(), label: z.string(), role: z.string(), kind: z.string() })) })
  .openapi("Columns");

const rows = [
  ...COLUMNS.map(({ name, label, role, kind }) => ({ name, label, role, kind })),
  ...NAMED.map(({ name, label }) => ({ name, label, role: "name", kind: "text" })),
];

export const columns = queryRoute({
  summary: "The flow columns and names: what queries and filters call them, labels, roles",
  query: z.object({}),
  answer: ColumnsSchema,
  description: "Every column, in the order of the table, then the names (role `name`) that are looked up for queries.",
  handle: () => ({ columns: rows }),
});
