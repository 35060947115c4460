import { type Tier, type TierName, TIERS, type Tiers } from "@ngflow/flows";

/**
 * How a tier is filled: turns a table expression with the flows of a block (all of COLUMNS) into one with the columns
 * of the tier. The `TimeReceived` of a row is that of one of its flows, and all flows of a row were received on the
 * same day. The rows of a day must fit into one insert block of ClickHouse, so that a day of a block is stored whole or
 * not at all.
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
