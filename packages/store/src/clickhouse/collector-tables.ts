import type { Tier, Tiers } from "@ngflow/flows";

/** Name of a collector, which is a part of the names of its tables. */
export const COLLECTOR_NAME = /^[a-z0-9]{1,32}$/;

const OF_COLLECTOR = /_of_[a-z0-9]{1,32}$/;

/** A table of a collector; `flows_of_tokyo`. The collector without a name, "", has tables with the names of tiers. */
export function tableOf(table: string, collector: string): string {
  return collector === "" ? table : `${table}_of_${collector}`;
}

/** The same tier of another collector. */
export function tierOf<T extends Tier>(tier: T, collector: string): T {
  return { ...tier, table: tableOf(tier.table.replace(OF_COLLECTOR, ""), collector) };
}

/** The tiers of a collector. */
export function tiersOf<T extends Tier>([first, ...others]: Tiers<T>, collector: string): Tiers<T> {
  return [tierOf(first, collector), ...others.map((tier) => tierOf(tier, collector))];
}
