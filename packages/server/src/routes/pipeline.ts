import { z } from "@hono/zod-openapi";
import type { Pipeline } from "@ngflow/flows";
import type { SourceRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";

const PipelineSchema = schemaOf<Pipeline>()(
  z
    .object({
      packetsSeen: z.number(),
      packetsDropped: z.number(),
      packetsAccounted: z.number(),
      recordsExported: z.number(),
      datagramsReceived: z.number(),
      recordsLost: z.number(),
      recordsDecoded: z.number(),
      rowsStored: z.number(),
      hops: z.array(
        z.object({
          hop: z.string(),
          counters: z.record(z.string(), z.number()),
          lastSeenMs: z.number().nullable().openapi({ description: "Unix milliseconds." }),
        }),
      ),
    })
    .openapi("Pipeline"),
);

export const pipeline = {
  summary: "The count at each hop, from the first packet to the stored row",
  answer: PipelineSchema,
  description: "Totals since start, and every hop with its own counters.",
} as const satisfies SourceRoute<unknown>;
