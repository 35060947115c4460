import { parseDuration } from "./duration.ts";
import { parseTime } from "./values.ts";

/** A day as people count it: months from 1. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The calendar that words are read in: UTC or that of a zone. */
export interface Calendar {
  /** The day of a time in Unix milliseconds. */
  dayOf(ms: number): CalendarDay;
  /** Unix milliseconds of a day and the minutes since its midnight; a day after the last of a month is in the next. */
  timeOf(day: CalendarDay, minutes: number): number;
}

/** The calendar of UTC. */
export const UTC_CALENDAR: Calendar = {
  dayOf(ms) {
    const d = new Date(ms);
    return { year: d.getUTCFullYear(), month: d.getUTCMonth() + 1, day: d.getUTCDate() };
  },
  timeOf: ({ year, month, day }, minutes) => Date.UTC(year, month - 1, day, 0, minutes),
};

/** What words mean: a length up to now, or a half-open range of Unix milliseconds. */
export type WordRange = { readonly lastMs: number } | { readonly fromMs: number; readonly toMs: number };

/** Japanese words as the English ones that are read; longer ones first. */
const JAPANESE: readonly (readonly [RegExp, string])[] = [
  [/(\d+)時(\d+)分/g, "$1:$2"],
  [/(\d{4})年(\d{1,2})月(\d{1,2})日/g, "$1-$2-$3"],
  [/(\d{4})年(\d{1,2})月/g, "$1-$2"],
  [/(?:直近|過去)\s*/g, "last "],
  [/(\d+)\s*秒(?:間)?/g, "$1s"],
  [/(\d+)\s*分(?:間)?/g, "$1m"],
  [/(\d+)\s*時間/g, "$1h"],
  [/(\d+)\s*週間/g, "$1w"],
  [/(\d+)\s*日間?/g, "$1d"],
  [/(\d+)時/g, "$1:00"],
  [/一昨日|おととい/g, "2 days ago"],
  [/今日|本日/g, "today"],
  [/昨日/g, "yesterday"],
  [/先週の/g, "last "],
  [/今週/g, "this week"],
  [/先週/g, "last week"],
  [/今月/g, "this month"],
  [/先月/g, "last month"],
  [/今年/g, "this year"],
  [/去年|昨年/g, "last year"],
  [/現在|今/g, "now"],
  [/([日月火水木金土])曜日?/g, " weekday$1 "],
  [/(?:から|より|[〜～])/g, " to "],
  [/(?:まで|の)/g, " "],
];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const KANJI = "日月火水木金土";
const UNITS: Readonly<Record<string, string>> = {
  second: "s",
  sec: "s",
  minute: "m",
  min: "m",
  hour: "h",
  day: "d",
  week: "w",
};
const UNIT = /(\d+(?:\.\d+)?)\s*(second|sec|minute|min|hour|day|week)s?\b/g;
const MAX_CHARS = 100;
const DAY_MINUTES = 1440;

/**
 * The range that a text means: `3h`, `last 2 days`, `today`, `yesterday 9:00-17:00`, `last tuesday`, `this month`,
 * `2026-11`, `2026-11-29 09:00 to 10:00`, ISO 8601 on both sides of `to`; the same in Japanese. Days, weeks (from
 * Monday) and months are those of the calendar. A range that has not ended is answered whole. Undefined for other text,
 * and for a range that ends before it starts.
 */
export function parseRangeWords(text: string, nowMs: number, calendar: Calendar): WordRange | undefined {
  if (text.length > MAX_CHARS) return undefined;
  const words = normalized(text);
  const length = lengthOf(words);
  if (length !== undefined) return length > 0 ? { lastMs: length } : undefined;
  const reader = new RangeReader(nowMs, calendar);
  const range = reader.pair(words) ?? reader.one(words);
  return range && range.fromMs < range.toMs ? range : undefined;
}

function normalized(text: string): string {
  let words = text.normalize("NFKC").trim();
  for (const [japanese, english] of JAPANESE) words = words.replace(japanese, english);
  words = words.replace(/weekday(.)/g, (_, kanji: string) => WEEKDAYS[KANJI.indexOf(kanji)]!);
  words = words.replace(/[‐-―−]/g, "-").toLowerCase();
  return words
    .replace(UNIT, (_, count: string, unit: string) => `${count}${UNITS[unit]}`)
    .replace(/\s+/g, " ")
    .trim();
}

function lengthOf(words: string): number | undefined {
  const found = /^(?:(?:last|past|previous) )?(?:(hour|day|week)|((?:\d+(?:\.\d+)?(?:ms|[smhdw]) ?)+))$/.exec(words);
  if (!found) return undefined;
  // `last week` is the week before this one, not seven days.
  if (found[1] !== undefined)
    return found[1] === "week" || !words.includes(" ") ? undefined : parseDuration(`1${found[1][0]}`);
  return parseDuration(found[2]!.replaceAll(" ", ""));
}

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

class RangeReader {
  readonly #nowMs: number;
  readonly #calendar: Calendar;

  constructor(nowMs: number, calendar: Calendar) {
    this.#nowMs = nowMs;
    this.#calendar = calendar;
  }

  /** `A to B`. B may be a time of day: that of A's day. */
  pair(words: string): Range | undefined {
    const found = /^(.+?)(?: to | - | ?\.\. ?|\/)(.+)$/.exec(words);
    if (!found) return undefined;
    const from = this.one(found[1]!);
    if (!from) return undefined;
    const minutes = minutesOf(found[2]!.trim());
    const day = this.#calendar.dayOf(from.fromMs);
    const to = minutes === undefined ? this.one(found[2]!.trim()) : { toMs: this.#calendar.timeOf(day, minutes) };
    return to && { fromMs: from.fromMs, toMs: to.toMs };
  }

  /** A day, a week, a month, a year, a time in one of its days, or a moment (an empty range). */
  one(words: string): Range | undefined {
    const moment = this.#moment(words);
    if (moment !== undefined) return { fromMs: moment, toMs: moment };
    const named = this.#named(words);
    if (named) return named;
    const found = /^(?:(.+?)(?:[t ]| at ))??(\d{1,2}:\d{2}|\d{1,2}(?=-\d))(?: ?- ?(\d{1,2}(?::\d{2})?))?$/.exec(words);
    if (!found) return undefined;
    const day = found[1] === undefined ? this.#day(0) : this.#named(found[1]);
    const from = minutesOf(found[2]!);
    const to = found[3] === undefined ? from : minutesOf(found[3]);
    if (!day || from === undefined || to === undefined) return undefined;
    const date = this.#calendar.dayOf(day.fromMs);
    return { fromMs: this.#calendar.timeOf(date, from), toMs: this.#calendar.timeOf(date, to) };
  }

  #moment(words: string): number | undefined {
    if (words === "now") return this.#nowMs;
    const ago = /^(?:now ?- ?(\S+)|(\S+) ago)$/.exec(words);
    const agoMs = ago && parseDuration(ago[1] ?? ago[2]!);
    // `2 days ago` is a day, not a moment.
    if (agoMs && !/^\d+d ago$/.test(words)) return this.#nowMs - agoMs;
    // A time with a zone is the same everywhere.
    return /\d(?:z|[+-]\d{2}:?\d{2})$/.test(words) && words.includes(":")
      ? parseTime(words.replace(" ", "t").toUpperCase())
      : undefined;
  }

  #named(words: string): Range | undefined {
    if (words === "today") return this.#day(0);
    if (words === "yesterday") return this.#day(-1);
    const ago = /^(\d{1,4})d ago$/.exec(words);
    if (ago) return this.#day(-Number(ago[1]));
    const weekday = /^(last )?(sun|mon|tue|wed|thu|fri|sat)(?:[a-z]*day)?$/.exec(words);
    if (weekday)
      return this.#weekday(WEEKDAYS.indexOf(weekday[2] as (typeof WEEKDAYS)[number]), weekday[1] !== undefined);
    const period = /^(this|last) (week|month|year)$/.exec(words);
    if (period) return this.#period(period[2]!, period[1] === "last" ? -1 : 0);
    const iso = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(words);
    return iso ? this.#iso(Number(iso[1]), iso[2], iso[3]) : undefined;
  }

  #iso(year: number, month: string | undefined, day: string | undefined): Range | undefined {
    if (year < 1970 || Number(month ?? 1) < 1 || Number(month ?? 1) > 12 || Number(day ?? 1) < 1) return undefined;
    const first = { year, month: Number(month ?? 1), day: Number(day ?? 1) };
    if (this.#calendar.dayOf(this.#calendar.timeOf(first, 0)).day !== first.day) return undefined;
    if (month === undefined) return this.#between(first, { ...first, year: year + 1 });
    if (day === undefined) return this.#between(first, { ...first, month: first.month + 1 });
    return this.#between(first, { ...first, day: first.day + 1 });
  }

  #day(offset: number): Range {
    const today = this.#calendar.dayOf(this.#nowMs);
    return this.#between({ ...today, day: today.day + offset }, { ...today, day: today.day + offset + 1 });
  }

  /** The day of that name that came last: today may be one, unless `last` was written. */
  #weekday(weekday: number, isLast: boolean): Range {
    const back = (this.#weekdayToday() - weekday + 7) % 7;
    return this.#day(-(back === 0 && isLast ? 7 : back));
  }

  #weekdayToday(): number {
    const { year, month, day } = this.#calendar.dayOf(this.#nowMs);
    return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  }

  #period(unit: string, offset: number): Range {
    const today = this.#calendar.dayOf(this.#nowMs);
    if (unit === "year") {
      const first = { year: today.year + offset, month: 1, day: 1 };
      return this.#between(first, { ...first, year: first.year + 1 });
    }
    if (unit === "month") {
      const first = { year: today.year, month: today.month + offset, day: 1 };
      return this.#between(first, { ...first, month: first.month + 1 });
    }
    const monday = today.day - ((this.#weekdayToday() + 6) % 7) + 7 * offset;
    return this.#between({ ...today, day: monday }, { ...today, day: monday + 7 });
  }

  #between(from: CalendarDay, to: CalendarDay): Range {
    return { fromMs: this.#calendar.timeOf(from, 0), toMs: this.#calendar.timeOf(to, 0) };
  }
}

/** Minutes since midnight of `9:00`, `17`; 24:00 is the end of the day. */
function minutesOf(text: string): number | undefined {
  const found = /^(\d{1,2})(?::(\d{2}))?$/.exec(text);
  if (!found) return undefined;
  const minutes = Number(found[1]) * 60 + Number(found[2] ?? 0);
  return Number(found[2] ?? 0) < 60 && minutes <= DAY_MINUTES ? minutes : undefined;
}
