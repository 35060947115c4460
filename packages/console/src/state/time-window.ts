import { type Calendar, parseDuration, parseRangeWords, UTC_CALENDAR } from "@ngflow/flows";
import { reader } from "../format/reader.ts";
import { duration, rangeText } from "../format/time.ts";
import { time as t } from "../messages/time.ts";

/**
 * A range as the address has it. Each end is `now`, `now-15m`, or a time in ISO 8601 with its zone. A range that ends
 * now moves with time.
 */
export interface TimeWindow {
  readonly from: string;
  readonly to: string;
}

/** A range in Unix milliseconds, half-open. */
export interface ResolvedWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Ranges up to now to choose from, shortest first. */
export const PRESETS = [
  ...["5m", "15m", "30m", "1h", "3h", "6h", "12h", "24h"],
  ...["2d", "7d", "14d", "30d", "90d", "180d", "365d", "1825d"],
] as const;
/** Whole days, weeks, months and years to choose from. */
export const DAY_PRESETS = [
  "today",
  "yesterday",
  "this week",
  "last week",
  "this month",
  "last month",
  "this year",
  "last year",
] as const;

export const DEFAULT_WINDOW: TimeWindow = { from: "now-15m", to: "now" };
/** Shortest range that is shown. */
const SHORTEST_MS = 10_000;
/** Longest range that is shown: twenty years. */
const LONGEST_MS = 20 * 365 * 86_400_000;

/** Unix milliseconds of an end of a range; undefined for text that is not one. */
export function momentMs(text: string, nowMs: number): number | undefined {
  if (text === "now") return nowMs;
  if (text.startsWith("now-")) {
    const agoMs = parseDuration(text.slice(4));
    return agoMs === undefined || agoMs > LONGEST_MS ? undefined : nowMs - agoMs;
  }
  if (!/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms < 0 ? undefined : ms;
}

/** The range that two parameters of an address mean; the default one when they mean none. */
export function windowFrom(from: string | null, to: string | null): TimeWindow {
  const window = { from: from ?? DEFAULT_WINDOW.from, to: to ?? DEFAULT_WINDOW.to };
  const [fromMs, toMs] = [momentMs(window.from, 1e12), momentMs(window.to, 1e12)];
  if (fromMs === undefined || toMs === undefined) return DEFAULT_WINDOW;
  // An absolute start with a relative end is compared when it is resolved.
  return isRelative(window.from) === isRelative(window.to) && fromMs >= toMs ? DEFAULT_WINDOW : window;
}

function isRelative(moment: string): boolean {
  return moment.startsWith("now");
}

/** The range in Unix milliseconds, never empty. */
export function resolveWindow({ from, to }: TimeWindow, nowMs: number): ResolvedWindow {
  const toMs = momentMs(to, nowMs) ?? nowMs;
  const fromMs = momentMs(from, nowMs) ?? toMs - 900_000;
  return { fromMs: Math.max(0, Math.min(fromMs, toMs - SHORTEST_MS)), toMs };
}

/** Whether a range moves with time. */
export function isMoving({ from, to }: TimeWindow): boolean {
  return isRelative(from) || isRelative(to);
}

/** The length up to now as text (`15m`), if the range is of that kind. */
export function lengthUpToNow({ from, to }: TimeWindow): string | undefined {
  return to === "now" && from.startsWith("now-") ? from.slice(4) : undefined;
}

/** The range that ends now and is so long. */
export function upToNow(length: string): TimeWindow {
  return { from: `now-${length}`, to: "now" };
}

const ISO_MS = /\.000Z$/;

/** The absolute range from one time to another, in UTC. Shorter than what is shown, it is widened. */
export function between(fromMs: number, toMs: number): TimeWindow {
  const iso = (ms: number): string => new Date(Math.max(0, Math.round(ms))).toISOString().replace(ISO_MS, "Z");
  const missing = Math.max(0, SHORTEST_MS - (toMs - fromMs));
  return { from: iso(fromMs - missing / 2), to: iso(toMs + missing / 2) };
}

/** The range moved by a part of its length; it does not pass now. */
export function shifted(window: TimeWindow, part: number, nowMs: number): TimeWindow {
  const { fromMs, toMs } = resolveWindow(window, nowMs);
  const moved = Math.min(part * (toMs - fromMs), nowMs - toMs);
  return moved === 0 && part > 0 ? window : between(fromMs + moved, toMs + moved);
}

/** The range scaled around a point of it (0 to 1); above 1 it gets longer. A range up to now stays one. */
export function zoomed(window: TimeWindow, factor: number, nowMs: number, point = 0.5): TimeWindow {
  const { fromMs, toMs } = resolveWindow(window, nowMs);
  const lengthMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (toMs - fromMs) * factor));
  if (lengthUpToNow(window) !== undefined && factor > 1) return upToNow(lengthText(lengthMs));
  const at = fromMs + point * (toMs - fromMs);
  const end = Math.min(Math.max(nowMs, toMs), at + (1 - point) * lengthMs);
  return between(end - lengthMs, end);
}

/** A length as ranges spell it: `90s`, `30m`, `2h`, `7d`. */
function lengthText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds % 86_400 === 0) return `${seconds / 86_400}d`;
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** The calendar of the reader's zone. */
function calendar(): Calendar {
  if (reader().zone === "utc") return UTC_CALENDAR;
  return {
    dayOf(ms) {
      const d = new Date(ms);
      return { year: d.getFullYear(), month: d.getMonth() + 1, day: d.getDate() };
    },
    timeOf: ({ year, month, day }, minutes) => new Date(year, month - 1, day, 0, minutes).getTime(),
  };
}

/** The range that typed words mean, in the reader's zone; undefined when they mean none. */
export function windowOfWords(text: string, nowMs: number): TimeWindow | undefined {
  const range = parseRangeWords(text, nowMs, calendar());
  if (range === undefined) return undefined;
  if ("lastMs" in range)
    return range.lastMs > LONGEST_MS ? undefined : upToNow(lengthText(Math.max(SHORTEST_MS, range.lastMs)));
  return between(range.fromMs, range.toMs);
}

/** The range in words: `Last 15 min`, `2026-11-29 09:00 – 17:00`. */
export function windowText(window: TimeWindow): string {
  const length = lengthUpToNow(window);
  if (length !== undefined) return t.lastOf(lengthWords(length));
  if (!isMoving(window)) return rangeText(momentMs(window.from, 0)!, momentMs(window.to, 0)!);
  return t.fromTo(endText(window.from), endText(window.to));
}

const YEAR_MS = 365 * 86_400_000;

/** A length of the address in words: `15 min`, `5 y` for so many times 365 days. */
export function lengthWords(length: string): string {
  const ms = parseDuration(length) ?? 0;
  return ms > 0 && ms % YEAR_MS === 0 ? `${ms / YEAR_MS} ${t.year}` : duration(ms);
}

function endText(end: string): string {
  if (end === "now") return t.now;
  if (end.startsWith("now-")) return t.before(lengthWords(end.slice(4)));
  const ms = Date.parse(end);
  return rangeText(ms, ms).split(" – ")[0]!;
}
