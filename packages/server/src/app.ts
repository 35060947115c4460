import { OpenAPIHono } from "@hono/zod-openapi";
import type { App, RouteContext } from "./context.ts";
import type { ResolvedServerConfig } from "./config.ts";
import { ApiError } from "./errors.ts";
import { checkHost } from "./host-check.ts";
import { registerColumns } from "./routes/columns.ts";
import { registerEvents } from "./routes/events.ts";
import { registerExporters } from "./routes/exporters.ts";
import { registerFlows } from "./routes/flows.ts";
import { registerGraph } from "./routes/graph.ts";
import { registerGraphHistory } from "./routes/graph-history.ts";
import { registerInfo } from "./routes/info.ts";
import { registerMetrics } from "./routes/metrics.ts";
import { registerOpenapi } from "./routes/openapi.ts";
import { registerPipeline } from "./routes/pipeline.ts";
import { registerQuery } from "./routes/query.ts";
import { securityHeaders } from "./security-headers.ts";
import { serveConsole } from "./static-files.ts";

/** The routes as one Hono application, without a socket. */
export function createApp(config: ResolvedServerConfig, context: RouteContext): App {
  const { log } = context.deps;
  const app: App = new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return;
      const issue = result.error.issues[0];
      const name = issue?.path.join(".") ?? "";
      throw new ApiError("bad-request", name === "" ? (issue?.message ?? "bad request") : `${name}: ${issue?.message}`);
    },
  });
  app.use(securityHeaders);
  app.use(checkHost(config.host, config.allowedHosts));
  for (const register of [
    registerQuery,
    registerFlows,
    registerPipeline,
    registerGraph,
    registerGraphHistory,
    registerEvents,
    registerColumns,
    registerExporters,
    registerInfo,
    registerMetrics,
    registerOpenapi,
  ]) {
    register(app, context);
  }
  if (config.staticDir !== null) serveConsole(app, config.staticDir);
  app.notFound((c) => c.json(new ApiError("not-found", `nothing is served at ${c.req.path}`).toJson(), 404));
  app.onError((error, c) => {
    if (error instanceof ApiError) {
      if (error.status >= 500) log.warn({ code: error.code, path: c.req.path }, error.message);
      if (error.status === 429) c.header("retry-after", "1");
      return c.json(error.toJson(), error.status);
    }
    log.error({ err: error, path: c.req.path }, "a request failed");
    return c.json(new ApiError("internal", "the request failed; the log has the reason").toJson(), 500);
  });
  return app;
}
