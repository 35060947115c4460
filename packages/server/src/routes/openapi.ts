import type { App } from "../context.ts";

/** `/api/v1/openapi.json`: the document the route schemas yield. */
export function registerOpenapi(app: App): void {
  app.doc31("/api/v1/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "ngflow",
      version: "1",
      description: "Flows, the pipeline that brought them, and the graph that metered them.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
  });
}
