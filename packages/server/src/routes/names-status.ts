import { z } from "@hono/zod-openapi";
import { SOURCE_KINDS, type SourceStatus } from "@ngflow/flows";
import type { SourceRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";

const time = (description: string) =>
  z
    .string()
    .nullable()
    .openapi({ description: `${description}, ISO 8601 UTC.` });

const SourceSchema = z.object({
  kind: z.enum(SOURCE_KINDS),
  from: z.string().openapi({ description: "Path, address or server." }),
  state: z.enum(["current", "stale", "absent"]).openapi({
    description:
      "stale: the last attempt to read it failed, what was read before is used; absent: there is nothing yet.",
  }),
  entries: z.number().int().nullable().openapi({ description: "Names or prefixes that are used; null if absent." }),
  readAt: time("When what is used was read"),
  madeAt: time("When it was made, if it is known"),
  error: z.string().nullable().openapi({ description: "Why the last attempt failed; null if it did not." }),
});

const StatusSchema = schemaOf<{ readonly sources: readonly SourceStatus[] }>()(
  z.object({ sources: z.array(SourceSchema) }).openapi("NamesStatus"),
);

export const namesStatus = {
  summary: "Where names of addresses come from, and how old they are",
  answer: StatusSchema,
  description: "One entry per file, address or server, of the collector and of this server.",
} as const satisfies SourceRoute<unknown>;
