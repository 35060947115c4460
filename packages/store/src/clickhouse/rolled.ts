import type { TierCovers } from "@ngflow/flows";

/** What the roll-ups have at a moment. Queries read by one such state, whatever is rolled up meanwhile. */
export interface Rolled {
  /** Condition on rows of the first tier: those that are not in the roll-ups yet. Null if there are none. */
  readonly unrolled: string | null;
  /** The last block number of the parts that belong to this state, by table. Later parts are not read. */
  readonly lastBlocks: ReadonlyMap<string, number>;
  readonly covers: TierCovers;
}

/** Without roll-ups. */
export const NOTHING_ROLLED: Rolled = {
  unrolled: null,
  lastBlocks: new Map(),
  covers: () => ({ sinceMs: 0, oldestMs: 0 }),
};

/**
 * Condition on the parts of a table that belong to a state. A part's name is `<partition>_<first block>_<last
 * block>_<level>`. A part that was merged from both earlier and later ones cannot be divided: the query fails with
 * error 395 then, and is made again for a later state.
 */
export function partsOfState({ lastBlocks }: Rolled, table: string): string {
  const last = lastBlocks.get(table) ?? -1;
  const block = (index: number): string => `toInt64(splitByChar('_', toString(_part))[${index}])`;
  return `throwIf(${block(2)} <= ${last} AND ${block(3)} > ${last}) = 0 AND ${block(3)} <= ${last}`;
}

/** ClickHouse: `throwIf` found something. */
export const STATE_IS_OLD = 395;
