import { z } from "@hono/zod-openapi";
import type { SourceRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";

type Info = Readonly<Record<string, string | number | boolean | null>>;

export const info = {
  summary: "Facts about this instance, such as version, mode and interface",
  answer: schemaOf<Info>()(
    z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).openapi("Info"),
  ),
  description: "Names and values.",
} as const satisfies SourceRoute<unknown>;
