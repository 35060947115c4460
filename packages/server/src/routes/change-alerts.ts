import { createRoute, z } from "@hono/zod-openapi";
import { type AlertService, type RuleRefusal, silenceSchema } from "@ngflow/alerts";
import { parseDuration, parseQuery } from "@ngflow/flows";
import type { Context } from "hono";
import { needs, remoteAddress } from "../access/guard.ts";
import type { App, RouteContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { RuleStatusSchema, SilenceSchema } from "./alert-schemas.ts";
import { alertsOf, ofRule } from "./alerts.ts";
import { condition } from "./saved.ts";
import { jsonResponses } from "./schemas.ts";

const RULES = "/api/v1/alerts/rules/";
const SILENCES = "/api/v1/alerts/silences";
/** Longest silence. */
const MOST_SILENT_MS = 365 * 86_400_000;

const named = z.object({ name: z.string().max(64) });
const AskSchema = z
  .strictObject({
    rules: silenceSchema.shape.rules,
    match: silenceSchema.shape.match,
    from: z.string().optional().openapi({ description: "When it begins, as in a query; absent: now." }),
    for: z.string().openapi({ description: "How long.", example: "2h" }),
    comment: silenceSchema.shape.comment,
  })
  .openapi("AlertSilenceRequest");

const json = <T extends z.ZodType>(schema: T) => ({
  body: { content: { "application/json": { schema } }, required: true as const },
});

const write = createRoute({
  method: "put",
  path: `${RULES}{name}`,
  summary: "Saves an alert rule",
  description: "If-Match has the version that is changed, or If-None-Match: * makes a new rule.",
  request: { params: named, ...json(z.record(z.string(), z.unknown())) },
  responses: jsonResponses(RuleStatusSchema, "The rule as it is now."),
});
const remove = createRoute({
  method: "delete",
  path: `${RULES}{name}`,
  summary: "Removes an alert rule",
  description: "If-Match has the version that is removed.",
  request: { params: named },
  responses: jsonResponses(z.object({ removed: z.string() }), "The name that was removed."),
});
const fire = createRoute({
  method: "post",
  path: `${RULES}{name}/fire`,
  summary: "Sends an example of a rule's alert to its channels",
  request: { params: named },
  responses: jsonResponses(
    z.object({ sent: z.record(z.string(), z.string().nullable()) }),
    "By channel: null where it was taken, else the reason.",
  ),
});
const silence = createRoute({
  method: "post",
  path: SILENCES,
  summary: "Silences alerts: they fire, and nothing is sent",
  request: json(AskSchema),
  responses: jsonResponses(SilenceSchema, "The silence."),
});
const speak = createRoute({
  method: "delete",
  path: `${SILENCES}/{id}`,
  summary: "Ends a silence",
  request: { params: z.object({ id: z.string().max(64) }) },
  responses: jsonResponses(SilenceSchema, "The silence that has ended."),
});

/** Whether a request to the alerts may have another method than GET, and whether it has a body. */
export function changesAlerts(method: string, path: string): "body" | "bare" | null {
  if (method === "PUT" && path.startsWith(RULES)) return "body";
  if (method === "POST" && path === SILENCES) return "body";
  if (method === "DELETE" && (path.startsWith(RULES) || path.startsWith(`${SILENCES}/`))) return "bare";
  return method === "POST" && path.startsWith(RULES) && path.endsWith("/fire") ? "bare" : null;
}

function refused(name: string, refusal: RuleRefusal): ApiError {
  if (refusal === "full") return new ApiError("saved-full", "there are too many rules; remove one");
  if (refusal === "conflict")
    return new ApiError("saved-conflict", `somebody else has made, changed or removed ${name}; read it again`);
  return new ApiError("saved-conflict", `${name} is a rule of the configuration; it is changed there`);
}

/** The routes that change alerts: rules need the role admin, silences and tests that of an operator. */
export function registerAlertChanges(app: App, { deps, alerts, nowMs }: RouteContext): void {
  const service = (): AlertService => alertsOf(alerts);
  const audit = (c: Context, did: string, to: string): void =>
    deps.audit?.({ who: c.get("reader").name, address: remoteAddress(c) ?? null, did, to });
  app.openapi(write, (c) => {
    needs(c, "admin");
    const { name } = c.req.valid("param");
    const definition = c.req.valid("json");
    if (definition["name"] !== name) throw new ApiError("bad-request", "name: not the one in the address");
    const saved = ofRule(() => service().saveRule(definition, condition(c, true), c.get("reader").name));
    if (typeof saved === "string") throw refused(name, saved);
    audit(c, "alert-rule-saved", name);
    return c.json(saved, 200) as never;
  });
  app.openapi(remove, (c) => {
    needs(c, "admin");
    const { name } = c.req.valid("param");
    const removed = service().removeRule(name, condition(c, false) ?? "");
    if (removed === "absent") throw new ApiError("not-found", `no rule is named ${name}`);
    if (removed !== "removed") throw refused(name, removed);
    audit(c, "alert-rule-removed", name);
    return c.json({ removed: name }, 200);
  });
  app.openapi(fire, async (c) => {
    needs(c, "operator");
    const { name } = c.req.valid("param");
    const rule = service().ruleOf(name);
    if (rule === null) throw new ApiError("not-found", `no rule is named ${name}`);
    audit(c, "alert-test-fired", name);
    return c.json({ sent: await service().fire(rule) }, 200) as never;
  });
  app.openapi(silence, (c) => {
    needs(c, "operator");
    const { rules, match, from, for: long, comment } = c.req.valid("json");
    const ms = parseDuration(long);
    if (ms === undefined || ms <= 0 || ms > MOST_SILENT_MS)
      throw new ApiError("bad-request", `for: ${long} is not a time of at most a year, such as 2h`);
    const now = nowMs();
    const fromMs = from === undefined ? now : parseQuery({ from, to: "2200-01-01" }, now).fromMs;
    const request = { rules, match, comment, fromMs, toMs: fromMs + ms };
    const made = service().silence(request, c.get("reader").name);
    if (made === "full") throw new ApiError("saved-full", "there are too many silences; end one");
    audit(c, "alerts-silenced", made.id);
    return c.json(made, 200) as never;
  });
  app.openapi(speak, (c) => {
    needs(c, "operator");
    const { id } = c.req.valid("param");
    const ended = service().endSilence(id);
    if (ended === null) throw new ApiError("not-found", `no silence has the id ${id}`);
    audit(c, "alert-silence-ended", id);
    return c.json(ended, 200) as never;
  });
}
