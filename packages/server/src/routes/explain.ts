import { createRoute, z } from "@hono/zod-openapi";
import { NgflowError } from "@ngflow/base";
import type { App, RouteContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { type ExplainAnswer, SCRIPT_MAX } from "../explain/explain.ts";
import { schemaOf } from "./same-shape.ts";
import { jsonResponses } from "./schemas.ts";

export const EXPLAIN_PATH = "/api/v1/explain";

const text = z.string().max(4096);
const QuestionSchema = z
  .object({
    script: z.string().min(1).max(SCRIPT_MAX).openapi({
      description: "Lines of ngctl, a shell or rc.d script, or text pasted from a terminal.",
    }),
    theme: z.enum(["light", "dark"]).default("light").openapi({ description: "Colours of the pictures." }),
    args: z.array(text).max(32).default([]).openapi({ description: "Arguments of a shell script: its $1 and so on." }),
    set: z
      .record(z.string().regex(/^\w{1,64}$/), text)
      .refine((values) => Object.keys(values).length <= 64, { message: "set: at most 64 values" })
      .default({})
      .openapi({ description: "Values of shell variables that only the machine knows." }),
  })
  .openapi("ExplainQuestion");

const AnswerSchema = schemaOf<ExplainAnswer>()(
  z
    .object({
      judgement: z.enum(["ok", "refused", "unclear"]),
      interfaces: z.array(z.string()),
      findings: z.array(z.object({ severity: z.enum(["info", "warning", "error"]), text: z.string() })),
      cuts: z.array(
        z.object({
          interface: z.string(),
          direction: z.enum(["in", "out"]),
          from: z.number().int().openapi({ description: "Scene after which the direction is cut." }),
          to: z.number().int().nullable().openapi({ description: "Scene that restores it; null if none does." }),
        }),
      ),
      scenes: z.array(
        z.object({
          heading: z.string(),
          command: z.string(),
          note: z.string(),
          outcome: z.enum(["start", "done", "refused", "expected", "unclear", "not reached", "end"]),
          line: z.number().int().nullable(),
          means: z.array(z.string()).openapi({ description: "What it means for the traffic." }),
          output: z.string().openapi({ description: "What ngctl prints." }),
          left: z.string().nullable().openapi({ description: "What is left behind if the step fails." }),
          undo: z.array(z.string()).openapi({ description: "Commands that undo what was done before the step." }),
          svg: z.string().nullable().openapi({ description: "The picture; null where it would be too large." }),
        }),
      ),
      notes: z.array(z.object({ line: z.number().int(), text: z.string() })).openapi({
        description: "Parts that are not understood, and commands that are not run.",
      }),
    })
    .openapi("ExplainAnswer"),
);

const explain = createRoute({
  method: "post",
  path: EXPLAIN_PATH,
  summary: "What a script of ngctl would do, step by step, tried on a model",
  description: "Reads no file and changes nothing: it is posted because scripts are too long for an address.",
  request: { body: { content: { "application/json": { schema: QuestionSchema } }, required: true } },
  responses: jsonResponses(AnswerSchema, "A scene before the script and one after each step, with the findings."),
});

/** `/api/v1/explain`: the dry run of `ngflow explain` for a script that is sent. */
export function registerExplain(app: App, { deps }: RouteContext): void {
  app.openapi(explain, async (c) => {
    if (!deps.explain) throw new ApiError("not-found", "this server does not explain scripts");
    const answer = await deps.explain(c.req.valid("json"), c.req.raw.signal).catch((error: unknown) => {
      throw error instanceof NgflowError ? new ApiError("explain-failed", error.message) : error;
    });
    if (answer === "busy") throw new ApiError("server-busy", "other scripts are being tried; try again shortly");
    c.header("cache-control", "no-store");
    return c.json(answer, 200) as never;
  });
}
