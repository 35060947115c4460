import { time as t } from "../messages/time.ts";
import { reader } from "./reader.ts";

const two = (n: number): string => String(n).padStart(2, "0");

/** Year, month (1 to 12), day, hour, minute, second and day of the week (0 is Sunday) in the zone of the reader. */
export function dateParts(ms: number) {
  const d = new Date(ms);
  return reader().zone === "utc"
    ? {
        year: d.getUTCFullYear(),
        month: d.getUTCMonth() + 1,
        day: d.getUTCDate(),
        hour: d.getUTCHours(),
        minute: d.getUTCMinutes(),
        second: d.getUTCSeconds(),
        weekday: d.getUTCDay(),
      }
    : {
        year: d.getFullYear(),
        month: d.getMonth() + 1,
        day: d.getDate(),
        hour: d.getHours(),
        minute: d.getMinutes(),
        second: d.getSeconds(),
        weekday: d.getDay(),
      };
}

/** `14:05:09` in the zone of the reader. */
export function clock(ms: number): string {
  const { hour, minute, second } = dateParts(ms);
  return `${two(hour)}:${two(minute)}:${two(second)}`;
}

/** `14:05`, or `14:05:09` where the seconds are not zero. */
export function shortClock(ms: number): string {
  const text = clock(ms);
  return text.endsWith(":00") ? text.slice(0, 5) : text;
}

/** `2026-01-02` in the zone of the reader. */
export function date(ms: number): string {
  const { year, month, day } = dateParts(ms);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/** `2026-01-02 14:05:09` in the zone of the reader. */
export function dateClock(ms: number): string {
  return `${date(ms)} ${clock(ms)}`;
}

/** The zone of the reader at a time: `UTC`, `UTC+09:00`. */
export function zoneText(ms: number): string {
  const minutes = reader().zone === "utc" ? 0 : -new Date(ms).getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? "−" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** A range: `2026-01-02 14:05 – 15:05`; both days where they differ, and both years. */
export function rangeText(fromMs: number, toMs: number): string {
  const [first, last] = [date(fromMs), date(toMs)];
  // The year once, as a day is named once.
  const day = first.slice(0, 5) === last.slice(0, 5) ? last.slice(5) : last;
  const end = first === last ? shortClock(toMs) : `${day} ${shortClock(toMs)}`;
  return `${date(fromMs)} ${shortClock(fromMs)} – ${end}`;
}

/** How long ago: `now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`. */
export function ago(ms: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - ms) / 1000);
  if (seconds < 3) return t.justNow;
  return t.ago(span(seconds));
}

function span(seconds: number): string {
  if (seconds < 100) return `${seconds} ${t.second}`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)} ${t.minute}`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} ${t.hour}`;
  return `${Math.floor(seconds / 86_400)} ${t.day}`;
}

/** A length: `350 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `24 h`, `7 d`, `2 d 6 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ${t.millisecond}`;
  if (ms < 60_000) return `${ms % 1000 === 0 ? ms / 1000 : (ms / 1000).toFixed(1)} ${t.second}`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return parts(seconds, 60, t.minute, 1, t.second);
  if (seconds < 172_800) return parts(seconds, 3600, t.hour, 60, t.minute);
  return parts(seconds, 86_400, t.day, 3600, t.hour);
}

/** A time that is only known nearly: whole seconds, at least one. */
export function wholeSeconds(ms: number): number {
  return 1000 * Math.max(1, Math.round(ms / 1000));
}

/** How long a flow lasted, in a column of such times: those of seconds have one decimal each. */
export function flowDuration(ms: number): string {
  return ms >= 1000 && ms < 60_000 ? `${(ms / 1000).toFixed(1)} ${t.second}` : duration(ms);
}

function parts(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rounded = Math.round(seconds / small) * small;
  const rest = (rounded % large) / small;
  const whole = `${Math.floor(rounded / large)} ${largeUnit}`;
  return rest === 0 ? whole : `${whole} ${rest} ${smallUnit}`;
}
