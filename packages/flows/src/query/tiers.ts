import { type ColumnName, COLUMNS } from "../columns.ts";
import type { Predicate } from "./tree.ts";

/**
 * A table of flows. A tier with a resolution is a roll-up: each of its rows stands for all flows with the same dimensions
 * in one bin of time. `TimeStart` is the first millisecond of the bin and `TimeEnd` its last. The counters are the part
 * of the flows that lies in the bin, already multiplied by the sampling rate. One more column, `Flows`, counts the flows
 * that ended in the bin.
 */
export interface Tier {
  /** Name in answers. */
  readonly name: string;
  /** Name of the table in the database. */
  readonly table: string;
  /** Width of a bin in milliseconds; null when a row is one flow. */
  readonly resolutionMs: number | null;
  /** Columns of COLUMNS that the table has. Those of role `time` are required. */
  readonly columns: readonly ColumnName[];
  /** Days a row is kept after it was received; 0 is for ever, null is what the store is told. */
  readonly retentionDays: number | null;
}

/** The first tier has every flow and every column, so it can answer every query. */
export type Tiers<T extends Tier = Tier> = readonly [T, ...T[]];

/** Every tier. A new row also needs its fill rule in the store. */
export const TIERS = [
  {
    name: "flows",
    table: "flows",
    resolutionMs: null,
    columns: COLUMNS.map((column): ColumnName => column.name),
    retentionDays: null,
  },
] as const satisfies Tiers;

export type TierName = (typeof TIERS)[number]["name"];

/** What an aggregate needs of the table that answers it. */
export interface TierNeeds {
  /** Columns to group by and to sum. */
  readonly columns: readonly ColumnName[];
  readonly where: Predicate;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number | null;
}

/** The coarsest tier whose answer is the same as that of the first one. */
export function chooseTier<T extends Tier>(tiers: Tiers<T>, needs: TierNeeds): T {
  return tiers
    .filter((tier) => isExact(tier, needs))
    .reduce((best, tier) => ((tier.resolutionMs ?? 0) > (best.resolutionMs ?? 0) ? tier : best), tiers[0]);
}

function isExact({ resolutionMs, columns }: Tier, needs: TierNeeds): boolean {
  const filtered = columnsOf(needs.where);
  if (![...needs.columns, ...filtered].every((column) => columns.includes(column))) return false;
  if (resolutionMs === null) return true;
  // Times and counters of a roll-up are those of a bin, so a filter on those of a flow needs the flows.
  if (filtered.some(isPerFlow)) return false;
  return [needs.fromMs, needs.toMs, needs.stepMs ?? 0].every((ms) => ms % resolutionMs === 0);
}

function isPerFlow(name: ColumnName): boolean {
  return COLUMNS.some(({ name: other, role }) => other === name && (role === "time" || role === "counter"));
}

/** Columns that a filter compares. */
function columnsOf(tree: Predicate): ColumnName[] {
  switch (tree.kind) {
    case "all":
      return [];
    case "and":
    case "or":
      return tree.terms.flatMap(columnsOf);
    case "not":
      return columnsOf(tree.term);
    case "compare":
    case "between":
    case "oneOf":
      return [tree.column];
  }
}
