import { parseDuration } from "./duration.ts";
import { parseTime } from "./values.ts";

/**
 * Unix milliseconds of `now`, `-15m` (so long before `nowMs`), Unix seconds (9 or 10 digits, with a fraction or
 * without), Unix milliseconds (12 to 15 digits), or ISO 8601 (without an offset of the zone, or UTC). Undefined
 * for other text.
 */
export function parseInstant(text: string, nowMs: number, zone?: string): number | undefined {
  if (text === "now") return Math.floor(nowMs);
  if (text.startsWith("-")) {
    const agoMs = parseDuration(text.slice(1));
    return agoMs === undefined ? undefined : Math.floor(nowMs) - agoMs;
  }
  if (/^\d{9,10}(\.\d+)?$/.test(text)) return Math.floor(Number(text) * 1000);
  return /^\d{12,15}$/.test(text) ? Number(text) : parseTime(text, zone);
}
