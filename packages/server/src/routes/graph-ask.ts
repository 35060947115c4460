import { z } from "@hono/zod-openapi";
import { ApiError } from "../errors.ts";
import type { NodeReply } from "../graph/node-reply.ts";
import { assistRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";

/** Longest arguments, as the control socket takes them. */
const MAX_TEXT = 4096;

const ReplySchema = schemaOf<NodeReply>()(
  z
    .object({
      reply: z.string().nullable().openapi({ description: "Arguments of the reply, as `ngctl msg` prints them." }),
      refused: z.string().nullable().openapi({ description: "Why the node did not answer." }),
    })
    .openapi("NodeReply"),
);

export const graphAsk = assistRoute({
  summary: "Asks a node of the graph with a control message that changes nothing",
  query: z.object({
    node: z.coerce.number().int().min(1).max(0xffff_ffff).openapi({ description: "Id of the node.", example: 3 }),
    message: z.string().min(1).max(31).openapi({ description: "Name of the message.", example: "info" }),
    args: z.string().max(MAX_TEXT).default("").openapi({ description: "Arguments, as `ngctl msg` takes them." }),
  }),
  answer: ReplySchema,
  description:
    "The reply; 404 where this server has no access to a graph. A message that may change something is refused.",
  handle: async ({ query: { node, message, args } }, { askNode }) => {
    const reply = await askNode(node, message, args);
    if (reply === null) throw new ApiError("not-found", "this server has no access to a graph");
    return reply;
  },
});
