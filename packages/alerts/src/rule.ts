import { metricProblemOf } from "./metric.ts";
import { z } from "zod";
import { amount, dimension, dimensions, duration, filterText, plainName, share } from "./fields.ts";
import { LOSS_REASONS, type LossReason, PLACEMENTS } from "@ngflow/flows";

const DAY_MS = 86_400_000;

export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What every rule has, whatever its condition. */
const COMMON = {
  name: plainName.meta({ description: "Name of the rule: lower-case letters, digits and hyphens." }),
  description: z.string().max(500).default("").meta({ description: "What it means and what to do, for who gets it." }),
  severity: z.enum(SEVERITIES).default("warning"),
  enabled: z.boolean().default(true),
  filter: filterText.default("").meta({ description: "Only these flows, in the language of filters." }),
  window: duration(DAY_MS, 10_000).default(300_000).meta({
    description: "Width of the windows of time, one after another since midnight UTC. Each is evaluated once.",
  }),
  for: duration(7 * DAY_MS)
    .default(0)
    .meta({ description: "How long the condition has to hold before it fires." }),
  "clear-after": duration(7 * DAY_MS)
    .default(0)
    .meta({ description: "How long it has to be clear before it ends." }),
  time: z.enum(PLACEMENTS).default("flow").meta({
    description: "flow: by the time of the flows, when they are all in. arrival: by when they were received; at once.",
  }),
  labels: z
    .record(z.string().max(64), z.string().max(256))
    .refine((labels) => Object.keys(labels).length <= 20, { message: "at most 20 labels" })
    .default({})
    .meta({ description: "Texts that are sent with every alert." }),
  notify: z.array(plainName).max(20).optional().meta({ description: "Names of channels; absent: all of them." }),
} as const;

const METRIC = z
  .string()
  .default("bps")
  .superRefine((metric, context) => {
    const problem = metricProblemOf(metric);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  })
  .meta({ description: "What is compared: bps, pps, bytes, packets, flows or distinct:COLUMN." });

const BY = dimensions.default([]).meta({ description: "Columns: each of their values has an alert of its own." });
/** What asks for a number in a window, in any configuration. */
export const QUERY_FIELDS = {
  filter: COMMON.filter,
  metric: METRIC,
  by: BY,
  window: COMMON.window,
  time: COMMON.time,
} as const;

const LOOK_BACK = duration(365 * DAY_MS, 60_000).default(7 * DAY_MS);

const base = <const Name extends string>(condition: Name) => ({ ...COMMON, condition: z.literal(condition) });
const reasons = Object.keys(LOSS_REASONS) as [LossReason, ...LossReason[]];

const SCHEMAS = {
  threshold: z.strictObject({
    ...base("threshold"),
    metric: METRIC,
    by: BY,
    above: amount.optional(),
    below: amount.optional(),
    "clear-below": amount.optional().meta({ description: "With above: it ends at or below this." }),
    "clear-above": amount.optional().meta({ description: "With below: it ends at or above this." }),
  }),
  "share-of-speed": z.strictObject({
    ...base("share-of-speed"),
    direction: z.enum(["in", "out"]).default("out"),
    above: share.default(0.8),
    "clear-below": share.optional(),
    speed: amount.or(z.literal("snmp")).optional().meta({
      description: "Bits a second of every interface that speeds does not name; snmp: what its agent says.",
    }),
    speeds: z
      .record(z.string(), amount)
      .default({})
      .meta({ description: "Bits a second by exporter and interface: 192.0.2.1/3: 10G." }),
  }),
  ratio: z.strictObject({
    ...base("ratio"),
    metric: METRIC,
    by: BY,
    above: z.number().positive().optional().meta({ description: "Fires above so many times the usual." }),
    below: z.number().positive().optional(),
    "clear-below": z.number().positive().optional(),
    "clear-above": z.number().positive().optional(),
    weeks: z.int().min(1).max(8).default(4).meta({ description: "Weeks whose same window is the usual: the median." }),
    minimum: amount.default(0).meta({ description: "Smaller values, now and usually, are not compared." }),
  }),
  absent: z.strictObject({ ...base("absent"), by: BY, seen: LOOK_BACK }),
  new: z.strictObject({ ...base("new"), by: dimensions.min(1), seen: LOOK_BACK }),
  "fan-out": z.strictObject({
    ...base("fan-out"),
    by: dimensions.min(1).default(["SrcAddr"]),
    of: dimension.default("DstPort").meta({ description: "The column whose different values are counted." }),
    above: amount.default(100),
    "clear-below": amount.optional(),
  }),
  "exporter-silent": z.strictObject({ ...base("exporter-silent"), seen: LOOK_BACK }),
  "template-missing": z.strictObject(base("template-missing")),
  "sampling-changed": z.strictObject({ ...base("sampling-changed"), seen: LOOK_BACK }),
  "clock-off": z.strictObject(base("clock-off")),
  loss: z.strictObject({
    ...base("loss"),
    above: amount.default(0).meta({ description: "Lost in a window, in the unit of the reason." }),
    "by-exporter": z
      .boolean()
      .optional()
      .meta({ description: "An alert for each exporter, where it is known whose loss it is." }),
    reasons: z.array(z.enum(reasons)).optional().meta({ description: "Only these reasons; absent: all of them." }),
  }),
} as const;

export type ConditionName = keyof typeof SCHEMAS;
export const CONDITION_NAMES = Object.keys(SCHEMAS) as readonly ConditionName[];

/** A rule of one condition with every default filled in: times in milliseconds, amounts as numbers. */
export type RuleOf<Name extends ConditionName> = z.output<(typeof SCHEMAS)[Name]>;

export type AlertRule = { [Name in ConditionName]: RuleOf<Name> }[ConditionName];

/** What bounds a value on one side, and how it ends. */
const bounded = (rule: AlertRule): rule is RuleOf<"threshold"> | RuleOf<"ratio"> =>
  rule.condition === "threshold" || rule.condition === "ratio";

/** A rule as a file or a form has it. */
export const ruleSchema = z
  .discriminatedUnion("condition", [
    SCHEMAS.threshold,
    SCHEMAS["share-of-speed"],
    SCHEMAS.ratio,
    SCHEMAS.absent,
    SCHEMAS.new,
    SCHEMAS["fan-out"],
    SCHEMAS["exporter-silent"],
    SCHEMAS["template-missing"],
    SCHEMAS["sampling-changed"],
    SCHEMAS["clock-off"],
    SCHEMAS.loss,
  ])
  .superRefine((rule, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
    if (bounded(rule)) {
      if ((rule.above === undefined) === (rule.below === undefined)) refuse("above", "give either above or below");
      if (rule.below !== undefined && rule["clear-below"] !== undefined) refuse("clear-below", "belongs to above");
      if (rule.above !== undefined && rule["clear-above"] !== undefined) refuse("clear-above", "belongs to below");
      if (rule["clear-below"]! > rule.above!) refuse("clear-below", "is more than above");
      if (rule["clear-above"]! < rule.below!) refuse("clear-above", "is less than below");
    }
    if (rule.condition === "share-of-speed" && rule.speed === undefined && Object.keys(rule.speeds).length === 0)
      refuse("speed", "give speed, or speeds by exporter and interface");
    if (DAY_MS % rule.window !== 0) refuse("window", "does not divide a day; use 1m, 5m, 15m, 1h or the like");
    if (rule.for % rule.window !== 0) refuse("for", "is not a whole number of windows");
  });

/** The keys that a rule of a condition has. */
export function ruleKeys(condition: unknown): readonly string[] {
  const schema = SCHEMAS[condition as ConditionName] as { readonly shape: object } | undefined;
  return Object.keys(schema?.shape ?? { ...COMMON, condition: 1 });
}
