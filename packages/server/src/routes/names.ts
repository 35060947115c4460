import { z } from "@hono/zod-openapi";
import { type LearnedName, NAME_KINDS } from "@ngflow/flows";
import type { SourceRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";

const time = (description: string) => z.string().openapi({ description: `${description}, ISO 8601 UTC.` });

const NameSchema = z.object({
  kind: z.enum(NAME_KINDS),
  exporter: z.string().openapi({ description: "Address of the exporter, as in ExporterAddr." }),
  domain: z.number().int(),
  id: z.string().openapi({
    description: "The number; of an application its engine and selector; of an element `PEN.ID`.",
    example: "3:443",
  }),
  name: z.string().openapi({ description: "Empty where the exporter sent a description only." }),
  description: z.string().openapi({ description: "Empty where the exporter sent none; of an element its type first." }),
  from: time("When it was first received"),
  to: time("When another one was received for the number").nullable(),
});

const NamesSchema = schemaOf<{ readonly names: readonly LearnedName[] }>()(
  z.object({ names: z.array(NameSchema) }).openapi("Names"),
);

export const names = {
  summary: "Names of interfaces, VRFs, applications, samplers and elements that exporters sent",
  answer: NamesSchema,
  description: "One entry per name and the time in which it held, saved by the collector within five seconds.",
} as const satisfies SourceRoute<unknown>;
