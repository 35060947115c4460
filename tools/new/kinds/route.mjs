import { camel, kebab, pascal } from "../names.mjs";

const source = (name) => `import { z } from "@hono/zod-openapi";
import type { FlowsResult } from "@ngflow/flows";
import { storeRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";

const answer = schemaOf<Pick<FlowsResult, "rows">>()(
  z
    .object({ rows: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.record(z.string(), z.string())]))) })
    .openapi("${pascal(name)}"),
);

export const ${camel(name)} = storeRoute({
  summary: "Says what the route answers",
  query: z.object({}),
  answer,
  description: "What the answer holds.",
  ask: ({ nowMs }) => ({
    rows: 1,
    read: (store, options) => store.flowsInPieces({ fromMs: 0, toMs: nowMs, limit: 1 }, options),
  }),
});
`;

export const route = {
  summary: "a route of the API",
  example: "capabilities",
  name: /^[a-z][a-z-]*$/,
  make(name) {
    const table = "packages/server/src/routes/index.ts";
    return {
      files: { [`packages/server/src/routes/${kebab(name)}.ts`]: source(name) },
      lines: [
        { file: table, text: `import { ${camel(name)} } from "./${kebab(name)}.ts";`, place: "imports" },
        { file: table, text: `  "/${name}": ${camel(name)},`, place: /^\} as const;$/m },
      ],
      next: "npm run gen && npm run check; the client has it as client.get",
    };
  },
};
