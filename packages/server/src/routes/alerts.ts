import { z } from "@hono/zod-openapi";
import { type AlertService, AlertsError, type DefinedRule } from "@ngflow/alerts";
import { parseQuery } from "@ngflow/flows";
import { ApiError } from "../errors.ts";
import { AlertSchema, AlertsNowSchema, DryRunSchema } from "./alert-schemas.ts";
import { assistRoute } from "./route.ts";
import { wordParams } from "./schemas.ts";

/** Longest range of a dry run: a year of windows of five minutes. */
const MOST_WINDOWS = 110_000;
const MOST_HISTORY = 5000;

/** @throws ApiError `not-found` */
export function alertsOf(service: AlertService | null): AlertService {
  if (service !== null) return service;
  throw new ApiError("not-found", "this server has no alerts");
}

/** What `make` makes of a rule. @throws ApiError `bad-request` for one that is not valid */
export function ofRule<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof AlertsError ? new ApiError("bad-request", error.message) : error;
  }
}

export const alerts = assistRoute({
  summary: "Alerts that fire or are pending, rules, silences and channels",
  query: z.object({}),
  answer: AlertsNowSchema,
  description: "Those that fire first, newest first.",
  handle: async (_, help) => alertsOf(help.alerts).now(),
});

export const alertHistory = assistRoute({
  summary: "Alerts that fired, for a list or as intervals on a chart",
  query: wordParams("from", "to", "last").extend({
    limit: z.coerce.number().int().min(1).max(MOST_HISTORY).default(500),
  }),
  answer: z.object({ alerts: z.array(AlertSchema) }).openapi("AlertHistory"),
  description: "Alerts that were not over before the range, newest first.",
  handle: async ({ query: { limit, ...words }, nowMs }, help) => ({
    alerts: [...alertsOf(help.alerts).history(parseQuery(words, nowMs), limit)],
  }),
});

/** The rule that a request names, or brings. @throws ApiError */
function ruleOf(service: AlertService, name: string | undefined, definition: string | undefined): DefinedRule {
  if ((name === undefined) === (definition === undefined))
    throw new ApiError("bad-request", "give either rule, the name of one, or definition, a rule as JSON");
  let given: unknown = name;
  if (definition !== undefined) {
    try {
      given = JSON.parse(definition);
    } catch {
      throw new ApiError("bad-request", "definition: not JSON");
    }
  }
  if (typeof given !== "string" && (typeof given !== "object" || given === null))
    throw new ApiError("bad-request", "definition: not a rule");
  const rule = ofRule(() => service.ruleOf(given));
  if (rule === null) throw new ApiError("not-found", `no rule is named ${name}`);
  return rule;
}

export const alertTest = assistRoute({
  summary: "Dry run of a rule over what is stored: what would have fired",
  query: wordParams("from", "to", "last").extend({
    rule: z.string().max(64).optional().openapi({ description: "Name of a rule." }),
    definition: z.string().max(12_000).optional().openapi({ description: "A rule as JSON, instead of a name." }),
  }),
  answer: DryRunSchema,
  description: "Nothing is sent and nothing is kept. One dry run at a time.",
  handle: async ({ query: { rule, definition, ...words }, nowMs, caller }, help) => {
    const service = alertsOf(help.alerts);
    const defined = ruleOf(service, rule, definition);
    const { fromMs, toMs } = parseQuery(words, nowMs);
    if ((toMs - fromMs) / defined.rule.window > MOST_WINDOWS)
      throw new ApiError("bad-request", `the range has more than ${MOST_WINDOWS} windows; shorten it`);
    const run = await service.dryRun(defined, { fromMs, toMs }, help.ask(caller)).catch((error: Error) => {
      if (error.name !== "TimeoutError") throw error;
      throw new ApiError("query-timeout", "the dry run took too long; shorten the range, or use ngflow alerts test");
    });
    if (run === null) throw new ApiError("server-busy", "another dry run is under way; try again shortly");
    return run;
  },
});
