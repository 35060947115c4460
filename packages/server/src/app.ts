import { OpenAPIHono } from "@hono/zod-openapi";
import { NgflowError } from "@ngflow/base";
import { checkHost } from "./access/host-check.ts";
import { checkOrigin } from "./access/origin-check.ts";
import { type Accounts, NOBODY } from "./access/accounts.ts";
import { checkReader } from "./access/check-reader.ts";
import { Guard } from "./access/guard.ts";
import { TrustedHeader } from "./access/login-header.ts";
import { isLoopback } from "./access/addresses.ts";
import { registerSignIn } from "./access/sign-in-routes.ts";
import { createToken } from "./access/token.ts";
import type { App, RouteContext } from "./context.ts";
import type { ResolvedServerConfig } from "./config.ts";
import { ApiError, fromReaderError } from "./errors.ts";
import { registerEvents } from "./routes/events.ts";
import { registerHealth } from "./routes/health.ts";
import { registerMetrics } from "./routes/metrics.ts";
import { type ApiPath, ROUTES } from "./routes/index.ts";
import { registerOpenapi } from "./routes/openapi.ts";
import { registerSaved } from "./routes/saved.ts";
import { serveRoute } from "./routes/serve-route.ts";
import { plainRequests } from "./plain-requests.ts";
import { securityHeaders } from "./security-headers.ts";
import { serveConsole } from "./static-files.ts";

/** The routes as one Hono application, without a socket. @throws ServerError `http-token`, `login-from` */
export function createApp(config: ResolvedServerConfig, context: RouteContext): App {
  const { access, connections } = context;
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
  app.use(checkHost(config.allowedHosts, access), checkOrigin(access));
  app.use(plainRequests);
  registerHealth(app, context);
  app.use(async (c, next) => {
    if (c.req.path === "/metrics" || connections.hasRoom) return next();
    throw new ApiError("server-busy", "too many requests are being answered; try again shortly");
  });
  const guard = createGuard(config, context.deps.accounts ?? (() => NOBODY));
  const cookies = { secure: config.tls !== null };
  app.use(checkReader(guard, cookies, access, context.nowMs));
  const audit = context.deps.audit ?? (() => {});
  registerSignIn(app, { guard, cookies, counters: access, audit, nowMs: context.nowMs });
  for (const [path, route] of Object.entries(ROUTES)) serveRoute(app, path as ApiPath, route, context);
  for (const register of [registerEvents, registerMetrics, registerSaved, registerOpenapi]) register(app, context);
  if (config.staticDir !== null) serveConsole(app, config.staticDir);
  app.notFound((c) => c.json(new ApiError("not-found", `not found: ${c.req.path}`).toJson(), 404));
  app.onError((cause, c) => {
    const error = cause instanceof NgflowError ? fromReaderError(cause) : cause;
    if (error instanceof ApiError) {
      if (error.status >= 500) log.warn({ code: error.code, path: c.req.path }, error.message);
      if (error.status === 429 || error.status === 503) c.header("retry-after", "1");
      return c.json(error.toJson(), error.status);
    }
    log.error({ err: error, path: c.req.path }, "request failed");
    return c.json(new ApiError("internal", "internal error; see the log").toJson(), 500);
  });
  return app;
}

function createGuard(config: ResolvedServerConfig, accounts: () => Accounts): Guard {
  const { token, ownToken, loginHeader, allowInsecure, host } = config;
  return new Guard({
    token: token === null ? null : createToken(token),
    ownToken: ownToken === null ? null : createToken(ownToken),
    header: loginHeader === null ? null : new TrustedHeader(loginHeader),
    isOpen: allowInsecure || isLoopback(host),
    accounts,
  });
}
