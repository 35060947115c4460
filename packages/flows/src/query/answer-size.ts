import { FlowsError } from "../errors.ts";
import { autoStepMs } from "./auto-step.ts";
import { MAX_BINS, MAX_ROWS } from "./limits.ts";

/** An answer would have more rows or bins than one answer may have. The message gives a step that fits. */
export class AnswerTooLargeError extends FlowsError {
  constructor(message: string) {
    super("answer-too-large", message);
  }
}

/** The most groups that a bin of an answer can have: the largest ones and that of all others. */
export function groupsOf(by: readonly unknown[], top: number): number {
  return by.length === 0 ? 1 : top + 1;
}

/** Bins of an answer with so many groups that always fit. The range is widened to whole bins, which adds one. */
export function fittingBins(groups: number): number {
  return Math.max(1, Math.min(MAX_BINS, Math.floor(MAX_ROWS / groups)) - 1);
}

/** Bins of a range that is widened to whole bins. */
function binsOf({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }, stepMs: number): number {
  return Math.ceil(toMs / stepMs) - Math.floor(fromMs / stepMs);
}

/** Rows that an answer can have at most: its size is known before it is computed. `stepMs` is null without bins. */
export function rowsOf(
  range: { readonly fromMs: number; readonly toMs: number },
  stepMs: number | null,
  groups: number,
): number {
  return stepMs === null ? groups : binsOf(range, stepMs) * groups;
}

/** Why a time series is too large for one answer, and what would fit; undefined when it fits. */
export function tooLarge(
  range: { readonly fromMs: number; readonly toMs: number },
  stepMs: number,
  groups: number,
): string | undefined {
  const bins = binsOf(range, stepMs);
  if (bins <= MAX_BINS && bins * groups <= MAX_ROWS) return undefined;
  const size =
    bins > MAX_BINS
      ? `${bins} bins, at most ${MAX_BINS} are allowed`
      : `${bins} bins of ${groups} groups, ${bins * groups} rows; at most ${MAX_ROWS} are allowed`;
  const fitting = autoStepMs(range, fittingBins(groups)) / 1000;
  return `gives ${size}; use a step of ${fitting}s, auto, a shorter range or a smaller top`;
}
