import { NgflowError } from "@ngflow/base";
import { parseDuration, parseInstant } from "@ngflow/flows";

/** The options `--from`, `--to` and `--last` as typed. */
export interface RangeOptions {
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * The time range asked for, half-open, in Unix milliseconds. Without options it is everything stored, or the last hour
 * where an open range means nothing (`bounded`: a series, a rate).
 *
 * @throws NgflowError (usage) naming the option.
 */
export function parseRange(options: RangeOptions, nowMs: number, bounded: boolean): { fromMs: number; toMs: number } {
  const { from, to, last } = options;
  if (last !== undefined && from !== undefined) refuse("--last and --from exclude each other; give one of them");
  const toMs = to === undefined ? undefined : instant("--to", to, nowMs);
  const endMs = toMs ?? nowMs;
  if (last !== undefined) {
    const lastMs = parseDuration(last);
    if (lastMs === undefined || lastMs <= 0)
      refuse(`--last ${last}: not a duration; use for example 90s, 15m, 6h or 2d`);
    return checked(endMs - lastMs, endMs);
  }
  if (from !== undefined) return checked(instant("--from", from, nowMs), endMs);
  if (bounded) return checked(endMs - HOUR_MS, endMs);
  // A day ahead, for exporters whose clock is.
  return checked(0, toMs ?? nowMs + DAY_MS);
}

/** `--step` in milliseconds. @throws NgflowError (usage) */
export function parseStep(text: string): number {
  const stepMs = parseDuration(text);
  if (stepMs === undefined || stepMs < 1000 || stepMs % 1000 !== 0) {
    refuse(`--step ${text}: not a bin width; use whole seconds, for example 10s, 1m or 1h`);
  }
  return stepMs;
}

function instant(option: string, text: string, nowMs: number): number {
  const ms = parseInstant(text, nowMs);
  if (ms === undefined)
    refuse(`${option} ${text}: not a time; use ISO 8601, Unix milliseconds, now, or -15m for 15 minutes ago`);
  return Math.floor(ms);
}

function checked(fromMs: number, toMs: number): { fromMs: number; toMs: number } {
  const from = Math.max(0, Math.floor(fromMs));
  if (from >= toMs) refuse("the time range is empty: --from must be before --to");
  return { fromMs: from, toMs: Math.floor(toMs) };
}

function refuse(problem: string): never {
  throw new NgflowError("time-range", problem, "usage");
}
