import { autoStepMs } from "@ngflow/flows";

/** What a round of queries covers: whole bins, half-open, in Unix milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

/** Time until nearly every flow of a moment is exported and stored: charts end this long ago, not with a drop. */
const SETTLE_MS = 4000;
/** Bins of a span at most: fewer where charts are narrow. */
export const MOST_BINS = { wide: 180, narrow: 75 } as const;
/** Shortest span shown, and narrowest bin. */
const SHORTEST_MS = 60_000;
const NARROWEST_MS = 2000;

/**
 * The span of a range that ends now. It starts no earlier than the first record there is (`firstMs`, null when that
 * is not known), so that a system started a minute ago shows that minute and not 15 minutes without data.
 */
export function spanOf(rangeMs: number, nowMs: number, firstMs: number | null, maxBins: number): Span {
  const end = nowMs - SETTLE_MS;
  const start = Math.max(end - rangeMs, Math.min(firstMs ?? 0, end - SHORTEST_MS));
  const stepMs = Math.max(NARROWEST_MS, autoStepMs({ fromMs: start, toMs: end }, maxBins));
  const to = Math.floor(end / stepMs) * stepMs;
  return { from: Math.min(Math.floor(start / stepMs) * stepMs, to - stepMs), to, stepMs };
}
