import { type Losses, NOT_WATCHED } from "./losses.ts";
import type { Span } from "./span.ts";

/** Which part of a span has data that can be trusted: in bins of the span, and in Unix milliseconds. */
export interface Coverage {
  /** Runs of bins in which nothing at all is stored, whatever the filter: first and last index. */
  readonly notRecorded: readonly (readonly [number, number])[];
  /** From here on flows may still be arriving, Unix milliseconds; the end of the span if all of it is settled. */
  readonly unsettledFrom: number;
  /**
   * Where totals end: where the span is settled. If less than half of what is recorded is, they have all that has
   * arrived, and the chart's veil says that it is not all.
   */
  readonly totalsTo: number;
  /** Bins that end before `totalsTo`, and in which something is stored. */
  readonly settled: readonly boolean[];
  /** Start of the first bin in which something is stored; null when nothing is. */
  readonly firstMs: number | null;
  /** What is known to be missing, whatever the filter. */
  readonly losses: Losses;
}

/** Flows of a moment have nearly all arrived so long after it, with the timeouts that `ngflow up` sets. */
export const SETTLE_MS = 4000;
/**
 * A pause of so many bins, and at least so long, is called not recorded. A network may be quiet for less, and then its
 * traffic is zero.
 */
const PAUSE = { bins: 3, ms: 30_000 } as const;

/**
 * The coverage of a span by an unfiltered time series: `recorded` are the starts of the bins that have a row. A pause
 * at either end counts from one bin on: data begins or ends there. `settledMs` is the time until which every flow that
 * is known of has arrived; flows that have ended have arrived until `arrivedMs`.
 */
export function coverageOf(
  span: Span,
  recorded: readonly number[],
  settledMs: number,
  arrivedMs: number = settledMs,
  losses: Losses = NOT_WATCHED,
): Coverage {
  const bins = Math.round((span.to - span.from) / span.stepMs);
  const seen = new Uint8Array(bins);
  for (const ms of recorded) {
    const bin = Math.floor((ms - span.from) / span.stepMs);
    if (bin >= 0 && bin < bins) seen[bin] = 1;
  }
  const within = (ms: number): number => Math.max(span.from, Math.min(span.to, ms));
  const unsettledFrom = within(settledMs);
  const firstBin = seen.indexOf(1);
  const firstMs = firstBin < 0 ? null : span.from + firstBin * span.stepMs;
  const begin = firstMs ?? span.from;
  const isMostSettled = unsettledFrom - begin >= (span.to - begin) / 2;
  const end = isMostSettled ? unsettledFrom : within(arrivedMs);
  // Bins from the last settled one on say nothing about what was recorded: it may not have arrived.
  const known = Math.floor((unsettledFrom - span.from) / span.stepMs);
  const counted = Math.floor((end - span.from) / span.stepMs);
  const runs = emptyRuns(seen, known).filter(
    ([first, last]) => first === 0 || (last - first + 1 >= PAUSE.bins && (last - first + 1) * span.stepMs >= PAUSE.ms),
  );
  const settled = Array.from({ length: bins }, (_, bin) => bin < counted);
  for (const [first, last] of runs) settled.fill(false, first, last + 1);
  settled.fill(false, 0, firstBin < 0 ? bins : firstBin);
  return {
    notRecorded: runs,
    unsettledFrom,
    totalsTo: Math.max(span.from + 1, end),
    settled,
    firstMs,
    losses,
  };
}

/**
 * The coverage of answers some of which are recorded later than totals (`recordedFrom` of an answer, ISO 8601): what
 * they ask for, such as addresses, was removed before.
 */
export function recordedSince(
  coverage: Coverage,
  span: Span,
  answers: readonly ({ readonly recordedFrom?: string | undefined } | null)[],
): Coverage {
  const fromMs = Math.max(0, ...answers.map((answer) => (answer?.recordedFrom ? Date.parse(answer.recordedFrom) : 0)));
  const bins = Math.min(coverage.settled.length, Math.floor((fromMs - span.from) / span.stepMs));
  if (bins <= 0) return coverage;
  const later = coverage.notRecorded.filter(([, last]) => last >= bins);
  const [first] = later;
  const joined = first !== undefined && first[0] <= bins;
  const runs: readonly (readonly [number, number])[] = joined
    ? [[0, first[1]], ...later.slice(1)]
    : [[0, bins - 1], ...later];
  return {
    ...coverage,
    notRecorded: runs,
    settled: coverage.settled.map((is, bin) => is && bin >= bins),
    firstMs: coverage.firstMs === null ? null : Math.max(coverage.firstMs, span.from + bins * span.stepMs),
  };
}

function emptyRuns(seen: Uint8Array, until: number): [number, number][] {
  const runs: [number, number][] = [];
  for (let bin = 0; bin < until; bin++) {
    if (seen[bin] === 1) continue;
    let end = bin;
    while (end + 1 < until && seen[end + 1] === 0) end++;
    runs.push([bin, end]);
    bin = end;
  }
  return runs;
}

/** Seconds that are settled and recorded: what an average is taken over. */
export function coveredSeconds(span: Span, { settled }: Coverage): number {
  return (settled.filter(Boolean).length * span.stepMs) / 1000;
}
