import { type ColumnName, COLUMNS } from "../columns.ts";
import { columnsOf } from "./columns-of.ts";
import type { Tier, Tiers } from "./tier.ts";
import type { Predicate } from "./tree.ts";

/** Days that flows are kept by default. */
export const RETENTION_DAYS = 30;

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
