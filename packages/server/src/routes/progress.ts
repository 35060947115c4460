import { z } from "@hono/zod-openapi";
import { ANSWER_STATES, type AnswerProgress } from "../answers/running-answers.ts";
import { assistRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";
import { answerId } from "./schemas.ts";

const ProgressSchema = schemaOf<AnswerProgress>()(
  z
    .object({
      state: z.enum(ANSWER_STATES).openapi({
        description: "none: no request with this id is under way, not yet or not any more.",
      }),
      rows: z.number().openapi({ description: "Read so far." }),
      bytes: z.number(),
      rowsTotal: z.number().nullable().openapi({ description: "Read in all, nearly; null while that is not known." }),
      elapsedMs: z.number(),
    })
    .openapi("AnswerProgress"),
);

export const progress = assistRoute({
  summary: "How far the answer to a request with an id is",
  query: z.object({ id: answerId }),
  answer: ProgressSchema,
  description: "What was read of what will be read.",
  handle: ({ query: { id } }, help) => Promise.resolve(help.progress(id)),
});
