import { z } from "@hono/zod-openapi";
import { type ColumnName, COLUMNS } from "@ngflow/flows";
import { NODE_ROLES, type NodeRole } from "@ngflow/graph";

/** Parameters that mean the same on every route. */
export const rangeParams = {
  from: z.string().optional().openapi({
    description: "Start: ISO 8601, Unix milliseconds, `now`, or relative to now such as `-15m`.",
    example: "-15m",
  }),
  to: z.string().optional().openapi({ description: "End, exclusive; forms as for `from`. Default now." }),
  last: z
    .string()
    .optional()
    .openapi({ description: "Length of a range that ends at `to`: `90s`, `15m`, `6h`, `2d`." }),
  filter: z
    .string()
    .max(4096)
    .optional()
    .openapi({ description: "Text of the filter language.", example: "Proto = tcp" }),
};

/** Body of every answer that is not a success. */
export const ErrorSchema = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      position: z.number().int().optional().openapi({ description: "Offset into the filter text." }),
    }),
  })
  .openapi("Error");

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

/** The success of a JSON route, and the failures any of them may have. */
export function jsonResponses<T extends z.ZodType>(schema: T, description: string) {
  return { 200: json(schema, description), default: json(ErrorSchema, "What was wrong, and what to do.") };
}

export const CellSchema = z.union([z.string(), z.number(), z.null()]);

export const ColumnNameSchema = z.enum(COLUMNS.map(({ name }) => name) as [ColumnName, ...ColumnName[]]);

export const RoleSchema = z
  .enum(Object.keys(NODE_ROLES) as [NodeRole, ...NodeRole[]])
  .openapi("NodeRole", { description: "What a node is, whatever the name of its type." });
