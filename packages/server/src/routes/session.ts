import { z } from "@hono/zod-openapi";
import { ROLES } from "../access/accounts.ts";
import type { Reader } from "../access/reader.ts";
import { queryRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";

const SessionSchema = schemaOf<Reader>()(
  z
    .object({
      name: z.string().nullable().openapi({ description: "Null for everybody, or for who knows the server's token." }),
      role: z.enum(ROLES),
      by: z
        .enum(["open", "token", "session", "proxy"])
        .openapi({ description: "How that is known: nobody is asked, a token, a sign-in, or a proxy's header." }),
    })
    .openapi("Session"),
);

export const session = queryRoute({
  summary: "Who reads, and what they may do",
  query: z.object({}),
  answer: SessionSchema,
  description: "Name and role of the reader.",
  handle: ({ reader }) => reader,
});
