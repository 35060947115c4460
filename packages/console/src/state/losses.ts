import type { Completeness, LossReason } from "@ngflow/server/client";
import type { Span } from "./span.ts";

/** What was lost, and how much of it. */
export interface Lost {
  readonly reason: LossReason;
  /** In the unit of the reason; null where nobody counted. */
  readonly count: number | null;
  /** Whose it is, those that lost most first; absent where nobody knows, and in sums. */
  readonly by?: readonly { readonly exporter: string; readonly count: number }[] | undefined;
}

/** What is known to be missing in a span, whatever the filter. */
export interface Losses {
  /** By index of the bin. A bin without an entry has no known loss. */
  readonly bins: ReadonlyMap<number, readonly Lost[]>;
  /** Sums of the span by reason, in order of their first bin. */
  readonly totals: readonly Lost[];
  /** Unix milliseconds between which losses were watched; null where they never were. */
  readonly watched: { readonly fromMs: number; readonly toMs: number } | null;
}

export const NOT_WATCHED: Losses = { bins: new Map(), totals: [], watched: null };

/** The losses that an answer tells of, in bins of a span. */
export function lossesOf(told: Completeness | undefined, span: Span): Losses {
  if (told === undefined) return NOT_WATCHED;
  const bins = new Map<number, Lost[]>();
  const totals = new Map<LossReason, number | null>();
  const count = Math.round((span.to - span.from) / span.stepMs);
  for (const { time, reason, count: lost, by } of told.lost) {
    const bin = Math.floor((Date.parse(time) - span.from) / span.stepMs);
    if (!(bin >= 0 && bin < count)) continue;
    const before = totals.get(reason);
    totals.set(reason, before === undefined ? lost : before === null || lost === null ? null : before + lost);
    const own = bins.get(bin);
    const one = { reason, count: lost, ...(by && { by }) };
    if (own === undefined) bins.set(bin, [one]);
    else own.push(one);
  }
  const { watchedFrom, watchedTo } = told;
  return {
    bins,
    totals: [...totals].map(([reason, sum]) => ({ reason, count: sum })),
    watched:
      watchedFrom === null || watchedTo === null
        ? null
        : { fromMs: Date.parse(watchedFrom), toMs: Date.parse(watchedTo) },
  };
}
