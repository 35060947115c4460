import { parse } from "yaml";
import { z } from "zod";
import { NamesError } from "../errors.ts";
import { nameText } from "../text.ts";
import { slowPattern } from "./slow-pattern.ts";

/** What a rule gives to an interface. */
export const CLASS_FIELDS = ["boundary", "provider", "connectivity"] as const;
export type ClassField = (typeof CLASS_FIELDS)[number];

/** Sides of the border of a network that an interface may be on. */
export const BOUNDARIES = ["external", "internal"] as const;

/** The texts that rules compare. */
export const MATCHED_FIELDS = ["exporter", "name", "description", "alias"] as const;

/** An interface as rules see it. */
export interface RuledInterface {
  /** Address of its exporter. */
  readonly address: string;
  /** Name of its exporter; empty without one. */
  readonly exporter: string;
  readonly name: string;
  readonly description: string;
  readonly alias: string;
  /** Bits a second; 0 where it is not known. */
  readonly speedBps: number;
}

export type InterfaceClass = Readonly<Record<ClassField, string>>;

/** Rules in their order. */
export interface InterfaceRules {
  readonly count: number;
  /** Each text is that of the first rule that fits and gives it; empty where there is none. */
  classOf(each: RuledInterface): InterfaceClass;
}

const MAX_RULES = 1000;
const MAX_PATTERN = 1000;

/** A group of a pattern in the text of a rule: `$<provider>`. */
const GROUP = /\$<([^>]*)>/g;

const pattern = z
  .string()
  .max(MAX_PATTERN)
  .transform((text, { addIssue }) => {
    try {
      const expression = new RegExp(text, "iu");
      const slow = slowPattern(text);
      if (slow === undefined) return expression;
      addIssue({ code: "custom", message: `"${text}": ${slow}` });
    } catch (error) {
      addIssue({ code: "custom", message: (error as Error).message });
    }
    return z.NEVER;
  });

const UNITS = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 } as const;
const speed = z.union([z.string(), z.number()]).transform((given, { addIssue }) => {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([kMGT]?)$/.exec(String(given)) ?? [];
  if (number !== undefined) return Number(number) * UNITS[unit as keyof typeof UNITS];
  addIssue({ code: "custom", message: `"${given}" is not a speed; write bits a second, such as 100M or 10G` });
  return z.NEVER;
});

const RuleSchema = z
  .strictObject({
    exporter: pattern.optional(),
    name: pattern.optional(),
    description: pattern.optional(),
    alias: pattern.optional(),
    "min-speed": speed.optional(),
    "max-speed": speed.optional(),
    boundary: z.enum(BOUNDARIES).optional(),
    provider: z.string().max(200).optional(),
    connectivity: z.string().max(200).optional(),
  })
  .check(({ value, issues }) => {
    const refuse = (message: string): void => void issues.push({ code: "custom", input: value, message });
    if (CLASS_FIELDS.every((field) => value[field] === undefined))
      refuse("a rule gives boundary, provider or connectivity");
    const groups = new Set(MATCHED_FIELDS.flatMap((field) => groupsOf(value[field]?.source ?? "")));
    for (const field of CLASS_FIELDS)
      for (const [, group] of (value[field] ?? "").matchAll(GROUP))
        if (!groups.has(group!)) refuse(`${field}: no pattern of this rule has a group (?<${group}>…)`);
  });
type Rule = z.output<typeof RuleSchema>;

const groupsOf = (source: string): string[] =>
  [...source.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)].map(([, name]) => name!);

const RulesSchema = z.strictObject({ rules: z.array(RuleSchema).min(1).max(MAX_RULES) });

/**
 * Reads rules for interfaces. Patterns are regular expressions of JavaScript; case does not matter.
 * @throws NamesError `names-invalid` with the key
 */
export function readInterfaceRules(text: string): InterfaceRules {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new NamesError("names-invalid", (error as Error).message.split("\n")[0]!);
  }
  const read = RulesSchema.safeParse(Array.isArray(content) ? { rules: content } : content);
  if (!read.success) {
    const { path, message } = read.error.issues[0]!;
    throw new NamesError("names-invalid", path.length === 0 ? message : `${path.join(".")}: ${message}`);
  }
  const { rules } = read.data;
  return { count: rules.length, classOf: (each) => classOf(rules, each) };
}

function classOf(rules: readonly Rule[], each: RuledInterface): InterfaceClass {
  const found = { boundary: "", provider: "", connectivity: "" };
  for (const rule of rules) {
    if (CLASS_FIELDS.every((field) => found[field] !== "" || rule[field] === undefined)) continue;
    const groups = matched(rule, each);
    if (groups === undefined) continue;
    for (const field of CLASS_FIELDS)
      if (found[field] === "")
        found[field] = nameText((rule[field] ?? "").replaceAll(GROUP, (_, group: string) => groups[group] ?? ""));
  }
  return found;
}

/** The groups of the patterns; undefined where one does not fit. */
function matched(rule: Rule, each: RuledInterface): Readonly<Record<string, string>> | undefined {
  const { speedBps } = each;
  const { "min-speed": least, "max-speed": most } = rule;
  if ((least ?? most) !== undefined && speedBps === 0) return undefined;
  if ((least !== undefined && speedBps < least) || (most !== undefined && speedBps > most)) return undefined;
  const groups: Record<string, string> = {};
  for (const field of MATCHED_FIELDS) {
    const expression = rule[field];
    if (expression === undefined) continue;
    const match = expression.exec(each[field]) ?? (field === "exporter" ? expression.exec(each.address) : null);
    if (match === null) return undefined;
    Object.assign(groups, match.groups);
  }
  return groups;
}
