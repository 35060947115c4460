import type { Tier, TierCovers } from "@ngflow/flows";
import type { RollUpState } from "../ledger/ledger-file.ts";
import { BLOCK_COLUMN, FIRST_COLUMN, STEP_COLUMN } from "./ddl.ts";
import { rowsFrom, rowsOfStep } from "./roll-up-sql.ts";

/** What the roll-ups have at a moment. Queries read by one such state, whatever is rolled up meanwhile. */
export interface Rolled {
  /** Condition on rows of the first tier: those that are not in the roll-ups yet. Null if there are none. */
  readonly unrolled: string | null;
  /** The last block number of the parts that belong to this state, by table. Later parts are not read. */
  readonly lastBlocks: ReadonlyMap<string, number>;
  /** The last step that belongs to this state, for a cluster, where parts of shards have numbers of their own. */
  readonly lastStep?: number | undefined;
  readonly covers: TierCovers;
  /** The collector whose tables these are; absent for the one that the tiers of a plan are of. */
  readonly collector?: string | undefined;
  /** What other collectors of the database have, which is read besides. */
  readonly others?: readonly Rolled[] | undefined;
  /** Flows under way, which are read besides: a table, and the condition on its rows. Absent if none are. */
  readonly live?: { readonly table: string; readonly condition: string } | undefined;
}

/** Without roll-ups. */
export const NOTHING_ROLLED: Rolled = {
  unrolled: null,
  lastBlocks: new Map(),
  covers: () => ({ sinceMs: 0, oldestMs: 0 }),
};

/**
 * Condition on the rows of a table that belong to a state: in a cluster by their steps, else by their parts. A part's
 * name is `<partition>_<first block>_<last block>_<level>`. A part that was merged from both earlier and later ones
 * cannot be divided: the query fails with error 395 then, and is made again for a later state.
 */
export function partsOfState({ lastBlocks, lastStep }: Rolled, { table, resolutionMs }: Tier): string {
  if (lastStep !== undefined) {
    if (resolutionMs === null) return `${table}.${BLOCK_COLUMN} <= ${lastStep}`;
    const [from, to] = [`${table}.${FIRST_COLUMN}`, `${table}.${STEP_COLUMN}`];
    return `throwIf(${from} <= ${lastStep} AND ${to} > ${lastStep}) = 0 AND ${to} <= ${lastStep}`;
  }
  const last = lastBlocks.get(table) ?? -1;
  // A pattern is looked at once for each part; what splits the name, for each row.
  const [first, end] = ["^[^_]+_(\\\\d+)", "^[^_]+_\\\\d+_(\\\\d+)"].map(
    (pattern) => `toInt64(extract(_part, '${pattern}'))`,
  );
  return `throwIf(${first} <= ${last} AND ${end} > ${last}) = 0 AND ${end} <= ${last}`;
}

/** Whether any part of a table belongs to a state. */
export function hasParts({ lastBlocks, lastStep }: Rolled, table: string): boolean {
  return lastStep !== undefined || (lastBlocks.get(table) ?? -1) >= 0;
}

/** Condition on the flows that are not in the roll-ups; null if all are. */
export function unrolledOf({ blocks, days }: Pick<RollUpState, "blocks" | "days">): string | null {
  const parts = days.map(({ day, fromMs, except }) => `(${rowsFrom(day, fromMs, except)})`);
  if (blocks.length > 0) parts.push(`(${rowsOfStep({ kind: "blocks", blocks })})`);
  return parts.length === 0 ? null : `(${parts.join(" OR ")})`;
}

/** ClickHouse: `throwIf` found something. */
export const STATE_IS_OLD = 395;
