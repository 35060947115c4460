import type { App } from "../context.ts";

/** `/api/v1/openapi.json`: the document generated from the route schemas. */
export function registerOpenapi(app: App, basePath: string): void {
  app.doc31("/api/v1/openapi.json", {
    openapi: "3.1.0",
    ...(basePath === "" ? {} : { servers: [{ url: basePath }] }),
    info: {
      title: "ngflow",
      version: "1",
      description: "Stored flows, the counters of the pipeline, and the graph that meters the traffic.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
  });
}
