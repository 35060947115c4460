import { type Tier, type TierName, TIERS, type Tiers } from "@ngflow/flows";

/**
 * How a tier gets its rows: from a table expression with the flows of a block (all of COLUMNS) to one with the columns of
 * the tier. Each flow's day of `TimeReceived` must stay the same, and the rows of one day must fit into one part: the
 * writer recognises the days of a block that are stored already by them.
 */
export type FillRule = (flows: string) => string;

/** A tier that this backend can fill. */
export interface FilledTier extends Tier {
  readonly fill: FillRule;
}

/** The fill rule of every tier. */
const FILLS: Readonly<Record<TierName, FillRule>> = {
  flows: (flows) => flows,
};

/** Every tier with its fill rule. */
export const FILLED_TIERS = TIERS.map((tier) => ({
  ...tier,
  fill: FILLS[tier.name],
})) as readonly FilledTier[] as Tiers<FilledTier>;
