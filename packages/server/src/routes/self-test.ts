import { createRoute, z } from "@hono/zod-openapi";
import { needs, remoteAddress } from "../access/guard.ts";
import type { App, RouteContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { SELF_TEST_STEPS, type SelfTestAnswer } from "../self-test/self-test.ts";
import { schemaOf } from "./same-shape.ts";
import { jsonResponses } from "./schemas.ts";

export const SELF_TEST_PATH = "/api/v1/self-test";

const AnswerSchema = schemaOf<SelfTestAnswer>()(
  z
    .object({
      passed: z.boolean(),
      steps: z.array(
        z.object({
          step: z.enum(SELF_TEST_STEPS),
          state: z.enum(["passed", "failed", "not reached"]),
          ms: z.number().nullable().openapi({ description: "From the beginning; null where it was not reached." }),
          text: z.string().openapi({ description: "What was seen." }),
        }),
      ),
      filter: z.string().openapi({ description: "A filter that finds the flow." }),
    })
    .openapi("SelfTest"),
);

const selfTest = createRoute({
  method: "post",
  path: SELF_TEST_PATH,
  summary: "Sends a flow through collector and store, and tells where it stops",
  description:
    "One record of NetFlow v5 with one packet of 28 bytes, protocol 253, from 192.0.2.1 to 198.51.100.1, is sent to " +
    "the own collector and looked for until a query finds it. It stays in the store. Needs the role operator.",
  responses: jsonResponses(AnswerSchema, "Each step, in order."),
});

/** `/api/v1/self-test`. */
export function registerSelfTest(app: App, { deps }: RouteContext): void {
  app.openapi(selfTest, async (c) => {
    needs(c, "operator");
    if (!deps.selfTest) throw new ApiError("not-found", "this server cannot send a flow");
    const answer = await deps.selfTest(c.req.raw.signal);
    if (answer === "busy") throw new ApiError("server-busy", "a self-test is under way; try again shortly");
    const { name } = c.get("reader");
    deps.audit?.({ who: name, address: remoteAddress(c) ?? null, did: "self-test" });
    c.header("cache-control", "no-store");
    return c.json(answer, 200) as never;
  });
}
