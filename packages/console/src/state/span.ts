import { autoStepMs } from "@ngflow/flows";
import type { ResolvedWindow } from "./time-window.ts";

/** What a round of queries covers: whole bins, half-open, in Unix milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

/** Bins of a span at most: fewer where charts are narrow. */
export const MOST_BINS = { wide: 180, narrow: 75 } as const;
const NARROWEST_MS = 2000;

/** The whole bins that a range touches. */
export function spanOf({ fromMs, toMs }: ResolvedWindow, maxBins: number): Span {
  const stepMs = Math.max(NARROWEST_MS, autoStepMs({ fromMs, toMs }, maxBins));
  const from = Math.floor(fromMs / stepMs) * stepMs;
  return { from, to: Math.max(from + stepMs, Math.ceil(toMs / stepMs) * stepMs), stepMs };
}
