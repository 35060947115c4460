import { z } from "@hono/zod-openapi";
import {
  completeFilter,
  COMPLETION_KINDS,
  DEFAULT_COMPLETIONS,
  type FilterCompletions,
  MAX_COMPLETIONS,
  parseFlows,
  TOKEN_KINDS,
} from "@ngflow/flows";
import { ApiError } from "../errors.ts";
import { assistRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";
import { wordParams } from "./schemas.ts";

/** Longest text: that of the longest filter. */
const MAX_CHARACTERS = 10_000;

const params = wordParams("from", "to", "last").extend({
  text: z.string().max(MAX_CHARACTERS).default("").openapi({
    description: "The filter as far as it is written; it may be unfinished.",
    example: "proto tcp and src po",
  }),
  at: z.coerce.number().int().min(0).max(MAX_CHARACTERS).optional().openapi({
    description: "Offset of the cursor in characters; the end of the text by default.",
  }),
  count: z.coerce.number().int().min(1).max(MAX_COMPLETIONS).default(DEFAULT_COMPLETIONS).openapi({
    description: "Most completions.",
  }),
});

const CompletionsSchema = schemaOf<FilterCompletions>()(
  z
    .object({
      from: z.number().int().openapi({ description: "Start of the part of the text that a completion replaces." }),
      to: z.number().int().openapi({ description: "Its end, not included." }),
      completions: z.array(
        z.object({
          text: z.string().openapi({ description: "What to write, in quotes if it needs them." }),
          kind: z.enum(COMPLETION_KINDS),
          detail: z
            .string()
            .optional()
            .openapi({ description: "Label of a column, meaning of an operator, name of a value." }),
        }),
      ),
      tokens: z
        .array(z.object({ from: z.number().int(), to: z.number().int(), kind: z.enum(TOKEN_KINDS) }))
        .openapi({ description: "The parts of the whole text in order, for colours." }),
      problem: z
        .object({ message: z.string(), position: z.number().int() })
        .nullable()
        .openapi({ description: "Why the text is not a filter, and the offset where; null if it is one." }),
      partial: z.boolean().openapi({
        description: "Values seen in the store were not there in time; the same request has them a little later.",
      }),
    })
    .openapi("Completions"),
);

export const completions = assistRoute({
  summary: "What may be written at a place of a filter: columns, operators, values seen in the store, names",
  query: params,
  answer: CompletionsSchema,
  description:
    "Completions, best first, and the tokens of the text. Values are those of the last two hours of the range; of the" +
    " numbers of interfaces, VRFs, applications and samplers, also what exporters called them.",
  handle: async ({ query: { text, at = text.length, count, ...words }, nowMs, caller }, { seen, names }) => {
    if (at > text.length) throw new ApiError("bad-request", `at=${at}: beyond the end of the text`);
    const { toMs } = parseFlows(words, nowMs);
    return completeFilter({ text, at, limit: count }, { seen: (column) => seen(column, toMs, caller), names });
  },
});
