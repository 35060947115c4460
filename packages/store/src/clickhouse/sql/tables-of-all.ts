import type { Tier, Tiers } from "@ngflow/flows";
import { tierOf } from "../collector-tables.ts";
import type { TableOwner } from "../collectors.ts";
import { BLOCK_COLUMN, columnDefinitions, dimensionsOf, FLOWS_COLUMN, RECEIVED_COLUMN } from "../ddl.ts";
import type { SqlClient } from "../sql-client.ts";

/**
 * What stands before a statement of a user, so that the names of tables mean those of all collectors: `flows` is
 * `flows` and `flows_of_tokyo`. A table with its database before it, `ngflow.flows`, is that table alone. Empty where
 * there is one collector without a name.
 */
export function tablesOfAll({ facts }: SqlClient, tiers: Tiers, owners: readonly TableOwner[]): string {
  if (facts === undefined || owners.every(({ name }) => name === "")) return "";
  const all = tiers.map((tier) => {
    const columns = columnsOf(tier).join(", ");
    const names = owners.filter((owner) => owner.has(tier)).map(({ name }) => name);
    const each = names.map((name) => `SELECT ${columns} FROM ${facts.database}.${tierOf(tier, name).table}`);
    return `${tierOf(tier, "").table} AS (${each.join(" UNION ALL ")})`;
  });
  return `WITH ${all.join(", ")} `;
}

/** Columns that users read. */
function columnsOf(tier: Tier): readonly string[] {
  if (tier.resolutionMs === null) return [...columnDefinitions(tier).keys()].filter((name) => name !== BLOCK_COLUMN);
  return [RECEIVED_COLUMN, "TimeStart", ...dimensionsOf(tier), "Bytes", "Packets", FLOWS_COLUMN];
}
