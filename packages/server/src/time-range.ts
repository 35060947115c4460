import { autoStepMs } from "./client/auto-step.ts";
import { ApiError } from "./errors.ts";

/** Half-open range of Unix milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Range without `from`, `to` and `last`. */
const DEFAULT_RANGE_MS = 15 * 60_000;

/** Milliseconds of `90s`, `15m`, `1h30m`, `2d`; a bare number is seconds. Undefined when the text is none of these. */
export function parseDurationMs(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(ms|[smhdw]))+$/.test(text)) return undefined;
  let sum = 0;
  for (const part of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) sum += Number(part[1]) * UNIT_MS[part[2]!]!;
  return sum;
}

/** Unix milliseconds of `now`, `-15m`, a number of milliseconds, or ISO 8601. Undefined when the text is none. */
export function parseInstantMs(text: string, nowMs: number): number | undefined {
  if (text === "now") return nowMs;
  if (text.startsWith("-")) {
    const ago = parseDurationMs(text.slice(1));
    return ago === undefined ? undefined : nowMs - ago;
  }
  if (/^\d{9,15}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  // A time without a zone is UTC here, whatever the zone of the machine.
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text) || text.length === 10 ? text : `${text}Z`;
  const ms = Date.parse(zoned);
  return Number.isNaN(ms) ? undefined : ms;
}

/**
 * The range a request asks for: `from` and `to`, or the `last` so much, or the last 15 minutes.
 *
 * @throws ApiError `bad-time` naming the parameter.
 */
export function parseTimeRange(
  query: { from?: string | undefined; to?: string | undefined; last?: string | undefined },
  nowMs: number,
): TimeRange {
  const instant = (name: "from" | "to", text: string): number => {
    const ms = parseInstantMs(text, nowMs);
    if (ms !== undefined) return Math.floor(ms);
    throw new ApiError("bad-time", `${name}=${text}: not a time; use ISO 8601, Unix milliseconds, now or -15m`);
  };
  if (query.last !== undefined && query.from !== undefined) {
    throw new ApiError("bad-time", "last and from exclude each other; give one of them");
  }
  const toMs = query.to === undefined ? Math.floor(nowMs) : instant("to", query.to);
  let fromMs = toMs - DEFAULT_RANGE_MS;
  if (query.last !== undefined) {
    const last = parseDurationMs(query.last);
    if (last === undefined || last <= 0) {
      throw new ApiError("bad-time", `last=${query.last}: not a duration; use 90s, 15m, 6h, 2d`);
    }
    fromMs = toMs - Math.floor(last);
  } else if (query.from !== undefined) fromMs = instant("from", query.from);
  if (fromMs >= toMs) throw new ApiError("bad-time", "the range is empty: from must be before to");
  return { fromMs, toMs };
}

/** Bins one answer may hold per group. */
const MAX_BINS = 10_000;

/**
 * Bin width of `step`: seconds, a duration, or `auto`. Undefined when the parameter is absent.
 *
 * @throws ApiError `bad-time` for other text and for more than 10,000 bins.
 */
export function parseStepMs(text: string | undefined, range: TimeRange): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (text === "auto") return autoStepMs(range);
  const ms = parseDurationMs(text);
  if (ms === undefined || ms < 1000 || ms % 1000 !== 0) {
    throw new ApiError("bad-time", `step=${text}: not a bin width; use whole seconds, 30s, 5m or auto`);
  }
  if ((range.toMs - range.fromMs) / ms > MAX_BINS) {
    throw new ApiError("bad-time", `step=${text}: more than ${MAX_BINS} bins in this range; use a wider step or auto`);
  }
  return ms;
}
