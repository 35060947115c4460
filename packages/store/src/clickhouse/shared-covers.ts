import { rollUpsOf, type Tier, type TierCovers, type Tiers } from "@ngflow/flows";
import type { Rolled } from "./rolled.ts";

/**
 * What the tables of all collectors together have of each tier: a tier has everything from when on it has everything
 * of every collector. A collector that never dropped flows that its roll-ups still have takes no part in how far back
 * a tier reaches. The result is the same whoever asks.
 */
export function sharedCovers(tiers: Tiers, collectors: readonly Pick<Rolled, "covers">[]): TierCovers {
  if (collectors.length === 1) return collectors[0]!.covers;
  const short = collectors.filter(({ covers }) => hasLostFlows(tiers, covers));
  return (tier: Tier) => ({
    sinceMs: Math.max(...collectors.map(({ covers }) => covers(tier).sinceMs)),
    oldestMs: Math.max(0, ...short.map(({ covers }) => covers(tier).oldestMs)),
  });
}

/** Whether roll-ups have flows that were dropped. */
export function hasLostFlows(tiers: Tiers, covers: TierCovers): boolean {
  const { oldestMs } = covers(tiers[0]);
  return rollUpsOf(tiers).some((tier) => covers(tier).oldestMs > 0 && covers(tier).oldestMs < oldestMs);
}
