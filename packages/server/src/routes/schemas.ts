import { z } from "@hono/zod-openapi";
import {
  type ColumnName,
  COLUMNS,
  DUPLICATES,
  NAMED,
  type NamedValueName,
  DEFAULT_FLOWS,
  DEFAULT_TOP,
  MAX_FLOWS,
  MAX_TOP,
  ORDERS,
  PLACEMENTS,
  QUERY_WORDS,
  type QueryWord,
  STATISTICS,
} from "@ngflow/flows";
import { NODE_ROLES, type NodeRole } from "@ngflow/graph";

/** What the OpenAPI document has for a query word in addition to its meaning. The parser of the words checks values. */
const DOCUMENTED: Readonly<Record<QueryWord, WordDocument>> = {
  zone: { example: "Europe/Berlin" },
  from: { example: "-15m" },
  to: { example: "now" },
  last: { example: "15m" },
  by: { example: "SrcAddr,DstAddr" },
  metric: { example: "bps", default: "bytes" },
  step: { example: "auto" },
  top: { type: "integer", minimum: 1, maximum: MAX_TOP, default: DEFAULT_TOP },
  limit: { type: "integer", minimum: 1, maximum: MAX_FLOWS, default: DEFAULT_FLOWS },
  statistic: { enum: [...STATISTICS], default: "total" },
  order: { enum: Object.keys(ORDERS) },
  counters: { enum: ["scaled", "raw"], default: "scaled" },
  previous: { example: "week" },
  time: { enum: [...PLACEMENTS], default: "flow" },
  duplicates: { enum: [...DUPLICATES], default: "as-seen" },
  sort: { example: "Bytes" },
  filter: { example: "Proto = tcp" },
};

type WordDocument = {
  readonly example?: string;
  readonly enum?: string[];
  readonly type?: "integer";
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: string | number;
};

/** Parameters that are words of a query. They are text here: `parseQuery` and `parseFlows` read and check them. */
export function wordParams<const W extends QueryWord>(...words: readonly W[]) {
  const param = (word: W) =>
    z
      .string({ error: ({ input }) => (Array.isArray(input) ? "given more than once; give it once" : undefined) })
      .optional()
      .openapi({ description: QUERY_WORDS[word], ...DOCUMENTED[word] });
  return z.object(Object.fromEntries(words.map((word) => [word, param(word)])) as Record<W, ReturnType<typeof param>>);
}

/** What a caller calls a request, so that it can ask how far the answer is. */
export const answerId = z
  .string()
  .regex(/^[\w-]{8,64}$/, "not an id; use 8 to 64 letters, digits, - and _, such as a UUID")
  .openapi({
    description: "A name of your own for this request, such as a UUID: /api/v1/progress tells how far it is.",
    example: "0f8fad5b-d9cb-469f-a165-70867728950e",
  });

/** Body of every answer that is not a success. */
export const ErrorSchema = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      position: z.number().int().optional().openapi({ description: "Offset into the filter text." }),
    }),
  })
  .openapi("Error");

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

/** The success of a JSON route, and the failures any of them may have. */
export function jsonResponses<T extends z.ZodType>(schema: T, description: string) {
  return { 200: json(schema, description), default: json(ErrorSchema, "What is wrong, and what to do.") };
}

export const CellSchema = z.union([z.string(), z.number(), z.null()]);

type ShownName = ColumnName | NamedValueName;

export const ColumnNameSchema = z.enum([...COLUMNS, ...NAMED].map(({ name }) => name) as [ShownName, ...ShownName[]]);

export const RoleSchema = z
  .enum(Object.keys(NODE_ROLES) as [NodeRole, ...NodeRole[]])
  .openapi("NodeRole", { description: "What a node does, independent of the name of its type." });
