import { columnsOf, valuesOf } from "./columns-of.ts";
import { isPerFlow } from "./per-flow.ts";
import type { Tier, Tiers } from "./tier.ts";
import { hasValue } from "./tier-values.ts";
import { longOf, rollUpsOf } from "./tiers.ts";
import type { Predicate } from "./tree.ts";
import type { ValueName } from "./value-by-name.ts";

/** A part of the range of a query, half-open, Unix milliseconds, and the tier that answers it. */
export interface Segment {
  readonly tier: Tier;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What an aggregate needs of the tables that answer it. */
export interface TierNeeds {
  /** Values to group by and columns to sum. */
  readonly values: readonly ValueName[];
  readonly where: Predicate;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number | null;
}

/** What a store has of a tier, Unix milliseconds. */
export interface TierCover {
  /** From when on the tier has everything that the first one has; 0 for always. */
  readonly sinceMs: number;
  /** The start of its oldest day; 0 if it has nothing. */
  readonly oldestMs: number;
  /** Of the first tier: ranges of time whose rows were dropped, in order, though older ones may still be there. */
  readonly gone?: readonly Gone[] | undefined;
}

/** A range of time, half-open, Unix milliseconds, whose rows were dropped. */
export interface Gone {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Tells what a store has of a tier. */
export type TierCovers = (tier: Tier) => TierCover;

/**
 * What a store has of each tier, for a range of time: where flows in it were dropped and older ones were not (imported
 * later, or of a clock that was wrong), nothing that is older counts as there.
 */
function coversOf(first: Tier, { fromMs, toMs }: Pick<TierNeeds, "fromMs" | "toMs">, covers: TierCovers): TierCovers {
  const own = covers(first);
  const gap = own.gone?.findLast((each) => each.fromMs < toMs && each.toMs > fromMs);
  if (gap === undefined || gap.toMs <= own.oldestMs) return covers;
  return (tier) => {
    if (tier === first) return { ...own, oldestMs: gap.toMs };
    const { sinceMs, oldestMs } = covers(tier);
    // A roll-up that lacks something of before has more than the flows, which have nothing there.
    return { oldestMs, sinceMs: sinceMs > gap.toMs ? sinceMs : Math.min(sinceMs, Math.max(oldestMs, gap.fromMs)) };
  };
}

/**
 * A range without a step, widened to whole bins where only a roll-up still has the flows: their shares of a part of a
 * bin are not known any more.
 */
export function widened(tiers: Tiers, needs: TierNeeds, all: TierCovers): { fromMs: number; toMs: number } {
  const { fromMs, toMs } = needs;
  const covers = coversOf(tiers[0], needs, all);
  const finest = candidatesOf(tiers, needs).toSorted((a, b) => a.resolutionMs! - b.resolutionMs!);
  const bin = (ms: number): number => {
    if (ms >= covers(tiers[0]).oldestMs) return 1;
    return finest.find((tier) => covers(tier).oldestMs <= ms)?.resolutionMs ?? 1;
  };
  const [before, after] = [bin(fromMs), bin(toMs)];
  return { fromMs: Math.floor(fromMs / before) * before, toMs: Math.ceil(toMs / after) * after };
}

/**
 * From when on the store has what a question needs, Unix milliseconds; 0 if it has nothing older that cannot answer it.
 * What is older was removed: the sums that are left lack a column, or have wider bins.
 */
export function recordedFrom(usable: Tiers, tiers: Tiers, needs: TierNeeds, all: TierCovers): number {
  const covers = coversOf(tiers[0], needs, all);
  const oldest = (some: readonly Tier[]): number =>
    Math.min(...some.map((tier) => covers(tier).oldestMs).filter((ms) => ms > 0));
  const ownMs = oldest([usable[0], ...candidatesOf(usable, needs)]);
  const oldestMs = Math.min(oldest([tiers[0], ...rollUpsOf(tiers)]), all(tiers[0]).oldestMs || Infinity);
  return oldestMs < ownMs ? ownMs : 0;
}

/**
 * The range in parts, in order of time, each with the coarsest tier whose answer is the same as that of the flows.
 * Whole bins of a tier come from it, and the rest of the range from finer ones. A share of a flow is additive over
 * parts of its life, so there is no seam.
 */
export function segmentsOf(tiers: Tiers, needs: TierNeeds, covers: TierCovers): readonly Segment[] {
  const coarsest = candidatesOf(tiers, needs).toSorted((a, b) => b.resolutionMs! - a.resolutionMs!);
  return split(needs.fromMs, needs.toMs, coarsest, tiers[0], coversOf(tiers[0], needs, covers));
}

function candidatesOf(tiers: Tiers, needs: TierNeeds): readonly Tier[] {
  // Without the copies of long flows a roll-up is not complete.
  return longOf(tiers) === undefined ? [] : tiers.filter((tier) => canAnswer(tier, needs));
}

function split(fromMs: number, toMs: number, tiers: readonly Tier[], first: Tier, covers: TierCovers): Segment[] {
  if (fromMs >= toMs) return [];
  const [tier, ...finer] = tiers;
  if (tier === undefined) return [{ tier: first, fromMs, toMs }];
  const bin = tier.resolutionMs!;
  const start = Math.ceil(Math.max(fromMs, covers(tier).sinceMs) / bin) * bin;
  const end = Math.floor(toMs / bin) * bin;
  if (!(start < end)) return split(fromMs, toMs, finer, first, covers);
  return [
    ...split(fromMs, start, finer, first, covers),
    { tier, fromMs: start, toMs: end },
    ...split(end, toMs, finer, first, covers),
  ];
}

function canAnswer(tier: Tier, needs: TierNeeds): boolean {
  const { resolutionMs } = tier;
  if (resolutionMs === null) return false;
  if (![...needs.values, ...valuesOf(needs.where)].every((value) => hasValue(tier, value))) return false;
  // Counters of a roll-up are those of a bin, so a filter on those of a flow needs the flows.
  return !columnsOf(needs.where).some(isPerFlow) && (needs.stepMs ?? 0) % resolutionMs === 0;
}
