import { z } from "@hono/zod-openapi";
import type { Pipeline } from "@ngflow/flows";
import type { SourceRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";

/** A total, or null if the part that counts it cannot be reached. */
const total = () => z.number().nullable();

const PipelineSchema = schemaOf<Pipeline>()(
  z
    .object({
      packetsSeen: total(),
      packetsDropped: total(),
      packetsAccounted: total(),
      recordsExported: total(),
      datagramsReceived: total(),
      recordsLost: total(),
      recordsDecoded: total(),
      rowsStored: total(),
      hops: z.array(
        z.object({
          hop: z.string(),
          counters: z.record(z.string(), z.number()),
          lastSeenMs: z.number().nullable().openapi({ description: "Unix milliseconds." }),
          ageMs: z.number().optional().openapi({
            description: "Milliseconds since a part in another process reported; absent for counters of this moment.",
          }),
        }),
      ),
    })
    .openapi("Pipeline"),
);

export const pipeline = {
  summary: "The count at each hop, from the first packet to the stored row",
  answer: PipelineSchema,
  description:
    "Totals since start, and every hop with its own counters. A total is null if the part that counts it cannot be " +
    "reached.",
} as const satisfies SourceRoute<unknown>;
