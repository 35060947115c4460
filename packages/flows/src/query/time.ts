import { parseTime } from "./values.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of `90s`, `15m`, `1h30m`, `2d`, `1w`; a bare number is seconds. Undefined when the text is none of these. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  if (!/^(\d+(\.\d+)?(ms|[smhdw]))+$/.test(text)) return undefined;
  let sum = 0;
  for (const part of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) sum += Number(part[1]) * UNIT_MS[part[2]!]!;
  return Math.round(sum);
}

/** Unix milliseconds of `now`, `-15m` (so long before `nowMs`), Unix milliseconds in digits, or ISO 8601 (UTC unless it says otherwise). Undefined when the text is none. */
export function parseInstant(text: string, nowMs: number): number | undefined {
  if (text === "now") return nowMs;
  if (text.startsWith("-")) {
    const agoMs = parseDuration(text.slice(1));
    return agoMs === undefined ? undefined : nowMs - agoMs;
  }
  return /^\d{9,15}$/.test(text) ? Number(text) : parseTime(text);
}
