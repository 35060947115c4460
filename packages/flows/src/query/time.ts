import { parseTime } from "./values.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of `90s`, `15m`, `1h30m`, `2d`, `1w`, rounded to whole ones; undefined for other text. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|[smhdw]))+$/.test(text)) return undefined;
  let sum = 0;
  for (const part of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) sum += Number(part[1]) * UNIT_MS[part[2]!]!;
  return Math.round(sum);
}

/**
 * Unix milliseconds of `now`, `-15m` (so long before `nowMs`), Unix seconds (9 or 10 digits, with a fraction or
 * without), Unix milliseconds (12 to 15 digits), or ISO 8601 (UTC without a zone). Undefined for other text.
 */
export function parseInstant(text: string, nowMs: number): number | undefined {
  if (text === "now") return Math.floor(nowMs);
  if (text.startsWith("-")) {
    const agoMs = parseDuration(text.slice(1));
    return agoMs === undefined ? undefined : Math.floor(nowMs) - agoMs;
  }
  if (/^\d{9,10}(\.\d+)?$/.test(text)) return Math.floor(Number(text) * 1000);
  return /^\d{12,15}$/.test(text) ? Number(text) : parseTime(text);
}
