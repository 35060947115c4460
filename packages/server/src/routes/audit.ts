import { z } from "@hono/zod-openapi";
import { type Audit, AUDIT_VERDICTS, parseDuration } from "@ngflow/flows";
import { ApiError } from "../errors.ts";
import { LostOfSchema } from "./completeness-schema.ts";
import { assistRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";

const part = z.object({
  key: z.string().openapi({ description: "Name of the figure, or of what is left.", example: "framesDropped" }),
  count: z.number(),
  text: z.string().openapi({ description: "What is counted, in words." }),
  by: LostOfSchema,
});
const parts = (description: string) => z.array(part).openapi({ description });

const HopSchema = z.object({
  name: z.string().openapi({ example: "accounted" }),
  unit: z.string().openapi({ example: "packets" }),
  verdict: z.enum(AUDIT_VERDICTS).openapi({
    description:
      "balanced: all is explained and nothing is lost. lost: all is explained. open: a rest is not explained.",
  }),
  in: z.number().nullable().openapi({ description: "What came in, and what was on the way at the beginning." }),
  out: part.nullable(),
  apart: parts("Left out on purpose; only what is not 0."),
  lost: parts("Lost; only what is not 0."),
  besides: parts("Lost, too, in units of their own; only what is not 0."),
  waiting: parts("On the way now; only what is not 0."),
  rest: part.nullable().openapi({ description: "in - out - apart - lost - waiting; null for 0." }),
  reason: z.string().nullable().openapi({ description: "Why the hop was not compared." }),
});

const time = (description: string) => z.number().openapi({ description: `${description}, Unix milliseconds.` });

const AuditSchema = schemaOf<Audit>()(
  z
    .object({
      askedFrom: time("Begin that was asked for"),
      from: time("Begin of what is compared: later if the server started later"),
      to: time("End"),
      restarted: z.array(z.string()).openapi({
        description: "Parts that started in that time: their figures are those since their start.",
      }),
      balanced: z.boolean(),
      hops: z.array(HopSchema),
    })
    .openapi("Audit"),
);

export const audit = assistRoute({
  summary: "What every hop counted, compared with the hop before it",
  query: z.object({
    last: z.string().default("1h").openapi({ description: "How far back, at most a day.", example: "1h" }),
  }),
  answer: AuditSchema,
  description:
    "From the counters of the interface to the rows that a query counts. The answer takes a second, in which is " +
    "measured how much may be on the way.",
  handle: async ({ query: { last } }, help) => {
    const lastMs = parseDuration(last);
    if (lastMs === undefined || lastMs <= 0) throw new ApiError("bad-request", `last=${last}: no duration, such as 1h`);
    return await help.audit(lastMs);
  },
});
