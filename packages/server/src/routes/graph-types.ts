import { z } from "@hono/zod-openapi";
import type { SourceRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";

/** The types of nodes that are loaded. */
export interface GraphTypes {
  readonly types: readonly {
    readonly name: string;
    readonly summary: string;
    readonly messages: readonly {
      readonly name: string;
      readonly summary: string;
      readonly fields: readonly { readonly path: readonly string[]; readonly type: string }[];
      readonly asks: boolean;
    }[];
  }[];
}

const TypesSchema = schemaOf<GraphTypes>()(
  z
    .object({
      types: z.array(
        z.object({
          name: z.string(),
          summary: z.string(),
          messages: z.array(
            z.object({
              name: z.string(),
              summary: z.string(),
              fields: z.array(z.object({ path: z.array(z.string()), type: z.string() })).openapi({
                description: "The values of its arguments; an empty path where the arguments are one value.",
              }),
              asks: z.boolean().openapi({ description: "It changes nothing: `/graph/ask` sends it." }),
            }),
          ),
        }),
      ),
    })
    .openapi("GraphTypes"),
);

export const graphTypes = {
  summary: "The types of nodes that are loaded, with their control messages",
  answer: TypesSchema,
  description: "The types; 404 where this server has no access to a graph.",
  absent: "a graph",
} as const satisfies SourceRoute<unknown>;
