import { sharePlace, type SharePlace, shareSchema } from "./share/share-place.ts";
import { nearest } from "@ngflow/flows";
import { z } from "zod";
import { AlertsError } from "./errors.ts";
import { duration, plainName } from "./fields.ts";
import { type AlertRule, CONDITION_NAMES, ruleKeys, ruleSchema } from "./rule.ts";
import { silenceWindowSchema, silenceWindowKeys, type SilenceWindow } from "./silence.ts";
import { type Channel, channelKeys, CHANNEL_TYPES, channelSchema } from "./notify/channel.ts";

/** Most rules, of the configuration and of the console each, and most channels. */
export const MOST_RULES = 200;
const MOST_CHANNELS = 20;

/** A rule, and the words that it was read from. */
export interface DefinedRule {
  readonly rule: AlertRule;
  readonly definition: Readonly<Record<string, unknown>>;
}

/** Alerts as a configuration has them. */
export interface AlertsConfig {
  readonly rules: readonly DefinedRule[];
  readonly channels: Readonly<Record<string, Channel>>;
  /** Times at which nothing is sent. */
  readonly silences: readonly SilenceWindow[];
  /** Whether channels may run commands. */
  readonly commands: boolean;
  /** History is kept so long, milliseconds. */
  readonly keepMs: number;
  /** Where several servers share alerts; null for one server. */
  readonly share: SharePlace | null;
}

const configSchema = z.strictObject({
  rules: z.array(ruleSchema).max(MOST_RULES).default([]),
  notify: z
    .record(plainName, channelSchema)
    .refine((channels) => Object.keys(channels).length <= MOST_CHANNELS, { message: `at most ${MOST_CHANNELS}` })
    .default({})
    .meta({ description: "Where alerts are sent, by a name of your choice." }),
  silences: z.array(silenceWindowSchema).max(100).default([]),
  "allow-commands": z.boolean().default(false).meta({ description: "Channels may run commands." }),
  "keep-history": duration(10 * 365 * 86_400_000).default(365 * 86_400_000),
  share: shareSchema.optional(),
});

export const NO_ALERTS: AlertsConfig = readAlerts({});

/** JSON Schema of the alerts of a configuration. */
export function alertsJsonSchema(): object {
  const { $schema: _, ...schema } = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" });
  return schema;
}

type Path = readonly PropertyKey[];

/** The value at a path of what was read. */
function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

/** The keys that are known at a place of the configuration. */
function keysAt(value: unknown, path: Path): readonly string[] {
  const place = at(value, path) as Readonly<Record<string, unknown>> | undefined;
  if (path.length === 0) return Object.keys(configSchema.shape);
  if (path[0] === "rules") return ruleKeys(place?.["condition"]);
  if (path[0] === "notify") return channelKeys(place?.["type"]);
  if (path[0] === "share") return Object.keys(shareSchema.shape);
  return silenceWindowKeys;
}

/** The name of what a path leads to, for who wrote it: `rules[2] (scan)`. */
function pathText(value: unknown, path: Path): string {
  const parts = path.map((key, i) => {
    if (typeof key !== "number") return `${i === 0 ? "" : "."}${String(key)}`;
    const name = (at(value, path.slice(0, i + 1)) as { readonly name?: unknown } | undefined)?.name;
    return `[${key}]${typeof name === "string" ? ` (${name})` : ""}`;
  });
  return parts.join("");
}

const hint = (word: unknown, words: readonly string[]): string => {
  const meant = typeof word === "string" ? nearest(word, words) : undefined;
  return meant === undefined ? "" : `; did you mean ${meant}?`;
};

function problemOf(value: unknown, issue: z.core.$ZodIssue, where: string): string[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => `${where}${key}: no such key${hint(key, keysAt(value, issue.path))}`);
  const path = pathText(value, issue.path);
  const last = issue.path.at(-1);
  if (issue.code === "invalid_union" && (last === "condition" || last === "type")) {
    const words = last === "condition" ? CONDITION_NAMES : CHANNEL_TYPES;
    const given = at(value, issue.path);
    return [
      `${path}: ${given === undefined ? "missing; it is" : `not`} one of ${words.join(", ")}${hint(given, words)}`,
    ];
  }
  return [`${path === "" ? "" : `${path}: `}${issue.message}`];
}

/** Everything that is wrong with a value, a line each. */
function problemsOf(value: unknown, { issues }: z.ZodError, before: Path = []): string[] {
  return issues.flatMap((issue) => {
    const path = [...before, ...issue.path];
    const where = pathText(value, path);
    return problemOf(value, { ...issue, path } as z.core.$ZodIssue, where === "" ? "" : `${where}.`);
  });
}

/** Reads the alerts of a configuration. Answers everything that is wrong with them. */
export function checkAlerts(
  value: unknown,
): { readonly config: AlertsConfig; readonly problems: readonly [] } | { readonly problems: readonly string[] } {
  const result = configSchema.safeParse(value);
  if (!result.success) return { problems: problemsOf(value, result.error) };
  const { rules, notify: channels, silences, "allow-commands": commands, "keep-history": keepMs } = result.data;
  const given = result.data.share;
  const share = given ? sharePlace(given) : null;
  const problems: string[] = [];
  const names = new Set<string>();
  for (const [i, rule] of rules.entries()) {
    if (names.has(rule.name)) problems.push(`rules[${i}] (${rule.name}): another rule has this name`);
    names.add(rule.name);
    for (const channel of rule.notify ?? []) {
      if (Object.hasOwn(channels, channel)) continue;
      problems.push(`rules[${i}] (${rule.name}).notify: no channel ${channel}${hint(channel, Object.keys(channels))}`);
    }
  }
  for (const [name, { type }] of Object.entries(channels))
    if (type === "command" && !commands)
      problems.push(`notify.${name}: runs a command, which only allow-commands: true allows`);
  if (problems.length > 0) return { problems };
  const definitions = (value as { readonly rules?: readonly DefinedRule["definition"][] }).rules ?? [];
  const defined = rules.map((rule, i) => ({ rule, definition: definitions[i]! }));
  return { config: { rules: defined, channels, silences, commands, keepMs, share }, problems: [] };
}

/** The alerts of a configuration. @throws AlertsError `alert-rule` with everything that is wrong, a line each. */
export function readAlerts(value: unknown): AlertsConfig {
  const read = checkAlerts(value);
  if ("config" in read) return read.config;
  throw new AlertsError("alert-rule", read.problems.join("\n"));
}

/** One rule, as a form or a request has it. @throws AlertsError `alert-rule` */
export function readRule(value: unknown): DefinedRule {
  const result = ruleSchema.safeParse(value);
  if (result.success) return { rule: result.data, definition: value as DefinedRule["definition"] };
  // Said as it would be in a configuration, without the place in it.
  const problems = problemsOf({ rules: [value] }, result.error, ["rules", 0]);
  throw new AlertsError(
    "alert-rule",
    problems.map((text) => text.replace(/^rules\[0\](?: \([^)]*\))?[.:]? ?/, "")).join("\n"),
  );
}
