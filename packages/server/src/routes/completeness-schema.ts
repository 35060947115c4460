import { z } from "@hono/zod-openapi";
import { type Completeness, LOSS_REASONS, type LossReason } from "@ngflow/flows";
import { schemaOf } from "./same-shape.ts";

const utc = (description: string) => z.string().nullable().openapi({ description });

/** Whose a loss is. */
export const LostOfSchema = z
  .array(z.object({ exporter: z.string(), count: z.number() }))
  .optional()
  .openapi({ description: "The exporters whose it is, at most 10, the most first; absent where nobody knows." });

/** What an answer lacks. */
export const CompletenessSchema = schemaOf<Completeness>()(
  z
    .object({
      watchedFrom: utc("ISO 8601 UTC. Nothing is known of losses before; null: nobody ever watched."),
      watchedTo: utc("ISO 8601 UTC. Nothing is known of losses after."),
      underWayFrom: utc("ISO 8601 UTC. Flows that end later may still be under way; null: no flow arrived lately."),
      underWayBy: z.string().nullable().openapi({ description: "Exporter whose flows take longest." }),
      underWay: z
        .array(z.object({ exporter: z.string(), from: z.string() }))
        .openapi({ description: "The same of each exporter that sent lately, at most 20, the longest first." }),
      lost: z.array(
        z.object({
          time: z.string().openapi({ description: "Start of the bin; without a step, of the range." }),
          reason: z.enum(Object.keys(LOSS_REASONS) as [LossReason, ...LossReason[]]),
          unit: z.enum(["packets", "datagrams", "flows", "sets"]),
          count: z.number().nullable().openapi({ description: "Null: nobody counted." }),
          by: LostOfSchema,
        }),
      ),
    })
    .openapi("Completeness"),
);
