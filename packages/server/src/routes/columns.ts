import { createRoute, z } from "@hono/zod-openapi";
import { COLUMNS } from "@ngflow/flows";
import type { App } from "../context.ts";
import { jsonResponses } from "./schemas.ts";

const ColumnsSchema = z
  .object({ columns: z.array(z.object({ name: z.string(), label: z.string(), role: z.string(), kind: z.string() })) })
  .openapi("Columns");

const route = createRoute({
  method: "get",
  path: "/api/v1/columns",
  summary: "The flow columns: names for queries and filters, labels, roles",
  responses: jsonResponses(ColumnsSchema, "Every column, in the order of the table."),
});

const columns = COLUMNS.map(({ name, label, role, kind }) => ({ name, label, role, kind }));

export function registerColumns(app: App): void {
  app.openapi(route, (c) => c.json({ columns }, 200));
}
