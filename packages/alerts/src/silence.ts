import { zoneByName } from "@ngflow/flows";
import { z } from "zod";
import type { Alert } from "./alert.ts";
import { plainName } from "./fields.ts";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

const clock = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "not a time of day such as 22:00")
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

const COMMON = {
  rules: z.array(plainName).max(200).default([]).meta({ description: "Names of rules; none: all of them." }),
  match: z
    .record(z.string().max(64), z.string().max(256))
    .default({})
    .meta({ description: "Values that a label or a column of the alert must have: SrcAddr: 10.20.0.9." }),
};

/** Hours of the week at which nothing is sent. */
export const silenceWindowSchema = z.strictObject({
  ...COMMON,
  days: z
    .array(z.enum(DAYS))
    .min(1)
    .default([...DAYS])
    .meta({ description: "Days on which it begins." }),
  from: clock.meta({ description: "When it begins: 22:00." }),
  to: clock.meta({ description: "When it ends; on the next day if that is not later." }),
  zone: z
    .string()
    .refine((name) => zoneByName(name) !== undefined, { message: "not a zone of the tz database, such as Asia/Tokyo" })
    .default("UTC"),
});
export const silenceWindowKeys = Object.keys(silenceWindowSchema.shape);
export type SilenceWindow = z.output<typeof silenceWindowSchema>;

/** What somebody asks to be silent. */
export const silenceSchema = z.strictObject({
  ...COMMON,
  fromMs: z.int().min(0),
  toMs: z.int().min(0),
  comment: z.string().max(500).default(""),
});
export type SilenceRequest = z.output<typeof silenceSchema>;

/** Nothing is sent of some alerts, from one time to another. */
export interface Silence extends SilenceRequest {
  readonly id: string;
  /** The name of who asked for it; null where nobody is asked. */
  readonly by: string | null;
}

type Matched = Pick<Alert, "rule" | "labels" | "group">;

function matches({ rules, match }: Pick<Silence, "rules" | "match">, { rule, labels, group }: Matched): boolean {
  if (rules.length > 0 && !rules.includes(rule)) return false;
  return Object.entries(match).every(([name, value]) => String(group[name] ?? labels[name]) === value);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Day of the week and minute of the day of a zone. */
function localTime(ms: number, zone: string): { readonly day: (typeof DAYS)[number]; readonly minute: number } {
  const options = { timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const format = formats.get(zone) ?? new Intl.DateTimeFormat("en", options);
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const day = parts["weekday"]!.toLowerCase() as (typeof DAYS)[number];
  return { day, minute: Number(parts["hour"]) * 60 + Number(parts["minute"]) };
}

function isWithin({ days, from, to, zone }: SilenceWindow, ms: number): boolean {
  const { day, minute } = localTime(ms, zone);
  if (from < to) return days.includes(day) && minute >= from && minute < to;
  if (minute >= from) return days.includes(day);
  // It began on the day before.
  const began = localTime(ms - (minute + 1) * MINUTE_MS, zone).day;
  return minute < to % DAY_MINUTES && days.includes(began);
}

/** Whether nothing is sent of an alert at a time. */
export function isSilent(
  alert: Matched,
  windows: readonly SilenceWindow[],
  silences: readonly Silence[],
  nowMs: number,
): boolean {
  return (
    windows.some((window) => matches(window, alert) && isWithin(window, nowMs)) ||
    silences.some((silence) => matches(silence, alert) && silence.fromMs <= nowMs && nowMs < silence.toMs)
  );
}
