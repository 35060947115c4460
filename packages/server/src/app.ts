import { OpenAPIHono } from "@hono/zod-openapi";
import { NgflowError } from "@ngflow/base";
import { HTTPException } from "hono/http-exception";
import { checkHost, HostNames } from "./access/host-check.ts";
import { checkOrigin } from "./access/origin-check.ts";
import type { Accounts } from "./access/accounts.ts";
import { checkReader } from "./access/check-reader.ts";
import { Guard, type GuardRules } from "./access/guard.ts";
import { TrustedHeader } from "./access/login-header.ts";
import { routePath } from "./base-path.ts";
import { isLoopback } from "./access/addresses.ts";
import { registerSignIn } from "./access/sign-in-routes.ts";
import { createToken } from "./access/token.ts";
import type { App, RouteContext } from "./context.ts";
import type { ResolvedServerConfig } from "./config.ts";
import { ApiError, fromReaderError } from "./errors.ts";
import { registerAlertChanges } from "./routes/change-alerts.ts";
import { registerEvents } from "./routes/events.ts";
import { registerExplain } from "./routes/explain.ts";
import { registerSelfTest } from "./routes/self-test.ts";
import { registerHealth } from "./routes/health.ts";
import { registerMetrics } from "./routes/metrics.ts";
import { type ApiPath, ROUTES } from "./routes/index.ts";
import { registerOpenapi } from "./routes/openapi.ts";
import { registerSaved } from "./routes/saved.ts";
import { serveRoute } from "./routes/serve-route.ts";
import { plainRequests } from "./plain-requests.ts";
import { securityHeaders } from "./security-headers.ts";
import { serveConsole } from "./static-files.ts";

/** Who may use a server. It may change while the server runs. */
export interface Admission {
  readonly guard: Guard;
  readonly hosts: HostNames;
}

/** @throws ServerError `http-token`, `login-from` */
export function createAdmission(config: ResolvedServerConfig, accounts: () => Accounts): Admission {
  return { guard: new Guard(guardRules(config, accounts)), hosts: new HostNames(config.allowedHosts) };
}

/** The routes as one Hono application, without a socket. */
export function createApp(config: ResolvedServerConfig, { guard, hosts }: Admission, context: RouteContext): App {
  const { access, connections } = context;
  const { log } = context.deps;
  const { basePath } = config;
  const app: App = new OpenAPIHono({
    getPath: routePath(basePath),
    defaultHook: (result) => {
      if (result.success) return;
      const issue = result.error.issues[0];
      const name = issue?.path.join(".") ?? "";
      throw new ApiError("bad-request", name === "" ? (issue?.message ?? "bad request") : `${name}: ${issue?.message}`);
    },
  });
  app.use(securityHeaders);
  app.use(checkHost(hosts, access), checkOrigin(access));
  app.use(plainRequests);
  registerHealth(app, context);
  app.use(async (c, next) => {
    if (c.req.path === "/metrics" || connections.hasRoom) return next();
    throw new ApiError("server-busy", "too many requests are being answered; try again shortly");
  });
  const cookies = { secure: config.tls !== null, basePath };
  app.use(checkReader(guard, cookies, access, context.nowMs));
  const audit = context.deps.audit ?? (() => {});
  registerSignIn(app, { guard, cookies, counters: access, audit, nowMs: context.nowMs });
  for (const [path, route] of Object.entries(ROUTES)) serveRoute(app, path as ApiPath, route, context);
  const registers = [registerEvents, registerMetrics, registerSaved, registerAlertChanges, registerExplain];
  for (const register of [...registers, registerSelfTest]) register(app, context);
  registerOpenapi(app, basePath);
  if (config.staticDir !== null) serveConsole(app, config.staticDir, basePath);
  app.notFound((c) => c.json(new ApiError("not-found", `not found: ${c.req.path}`).toJson(), 404));
  app.onError((cause, c) => {
    const error = apiErrorOf(cause);
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

/** The answer to what a route threw; anything else is a fault of the server. */
function apiErrorOf(cause: Error): Error {
  if (cause instanceof NgflowError) return fromReaderError(cause);
  if (!(cause instanceof HTTPException) || cause.status !== 400) return cause;
  return new ApiError("bad-request", `the body is not JSON as it is wanted here: ${cause.message}`);
}

/** @throws ServerError `http-token`, `login-from` */
export function guardRules(config: ResolvedServerConfig, accounts: () => Accounts): GuardRules {
  const { token, ownToken, loginHeader, allowInsecure, host } = config;
  return {
    token: token === null ? null : createToken(token),
    ownToken: ownToken === null ? null : createToken(ownToken),
    header: loginHeader === null ? null : new TrustedHeader(loginHeader),
    isOpen: allowInsecure || isLoopback(host),
    accounts,
  };
}
