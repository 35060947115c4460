import { z } from "@hono/zod-openapi";
import {
  type Alert,
  ALERT_STATES,
  type AlertsNow,
  CONDITION_NAMES,
  type ConditionName,
  type DryRun,
  SEVERITIES,
} from "@ngflow/alerts";
import { LOSS_REASONS, type LossReason } from "@ngflow/flows";
import { schemaOf } from "./same-shape.ts";

const ms = (description: string) => z.number().openapi({ description: `${description}, Unix milliseconds.` });
const words = z.record(z.string(), z.string());
const reasons = Object.keys(LOSS_REASONS) as [LossReason, ...LossReason[]];
const value = (description: string) => z.number().nullable().openapi({ description });

const ALERT = {
  id: z.string().openapi({ description: "The same whenever the same flows are judged by the same rule." }),
  rule: z.string(),
  condition: z.enum(CONDITION_NAMES as [ConditionName, ...ConditionName[]]),
  severity: z.enum(SEVERITIES),
  group: z.record(z.string(), z.union([z.string(), z.number()])).openapi({ description: "Values by dimension." }),
  labels: words,
  state: z.enum(ALERT_STATES),
  sinceMs: ms("Start of the first window that broke the condition"),
  firedMs: ms("End of the window at which it fired; null while it is pending").nullable(),
  resolvedMs: ms("End of the window at which it ended; null while it goes on").nullable(),
  ended: z.enum(["clear", "rule-changed"]).nullable(),
  clearMs: ms("Start of the first clear window since it last broke the condition").nullable(),
  value: value("The last value, in the unit of the rule."),
  reference: value("What the value is compared with."),
  peak: value("The value that was furthest from it."),
  lost: z.array(z.enum(reasons)).openapi({ description: "Reasons of known losses in its windows." }),
  judgedMs: ms("Until when it is judged"),
} as const;

export const AlertSchema = schemaOf<Alert>()(z.object(ALERT).openapi("Alert"));

export const RuleStatusSchema = z
  .object({
    name: z.string(),
    definition: z.record(z.string(), z.unknown()).openapi({ description: "The rule as it was written." }),
    source: z.enum(["configuration", "console"]),
    version: z.string().nullable(),
    changed: z.string().nullable().openapi({ description: "ISO 8601 UTC." }),
    by: z.string().nullable(),
    judgedMs: ms("Until when flows are judged; null before the first window").nullable(),
    fault: z.string().nullable().openapi({ description: "Why the last judgement failed." }),
    waitsFor: z.string().nullable().openapi({ description: "Why windows said nothing." }),
  })
  .openapi("AlertRuleStatus");

export const SilenceSchema = z
  .object({
    id: z.string(),
    rules: z.array(z.string()).openapi({ description: "Names of rules; none: all of them." }),
    match: words.openapi({ description: "Values that a label or a column of the alert has." }),
    fromMs: ms("Begin"),
    toMs: ms("End"),
    comment: z.string(),
    by: z.string().nullable(),
  })
  .openapi("AlertSilence");

export const AlertsNowSchema: z.ZodType<AlertsNow> = z
  .object({
    alerts: z.array(z.object({ ...ALERT, silent: z.boolean() }).openapi("ShownAlert")),
    rules: z.array(RuleStatusSchema),
    silences: z.array(SilenceSchema),
    channels: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        waiting: z.number().int().openapi({ description: "Notices that wait to be sent." }),
        fault: z.string().nullable().openapi({ description: "Why the last try failed." }),
      }),
    ),
    share: z
      .object({
        leads: z.boolean().openapi({ description: "Whether this server judges rules and sends alerts." }),
        fault: z.string().nullable().openapi({ description: "Why the shared database cannot be used: nobody sends." }),
      })
      .nullable()
      .openapi({ description: "Null where there is one server." }),
    counters: z.record(z.string(), z.number()),
  })
  .openapi("Alerts");

export const DryRunSchema = schemaOf<DryRun>()(
  z
    .object({
      fromMs: ms("Begin of the first window: of the range, or the first after what is stored begins"),
      toMs: ms("End of the last window that is settled"),
      windows: z.number().int(),
      alerts: z.array(AlertSchema).openapi({ description: "Those that fired, at most 1,000." }),
      fired: z.number().int().openapi({ description: "How many fired." }),
      pending: z.number().int(),
      cut: z.number().int().openapi({ description: "Windows with more groups than are looked at." }),
      waitsFor: z.string().nullable().openapi({ description: "Why the last windows said nothing." }),
    })
    .openapi("AlertDryRun"),
);
