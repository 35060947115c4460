import type { Tiers } from "@ngflow/flows";
import type { Progress } from "../progress.ts";
import { localTable, onCluster } from "./cluster.ts";
import { partsOf } from "./parts.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

/** Merges the parts of every day that has several into one. A day is merged whole or not at all. @throws SqlError. */
export async function compactDays(client: SqlClient, tiers: Tiers, progress?: Progress): Promise<void> {
  const days: { table: string; day: string }[] = [];
  for (const tier of tiers) {
    const parts = new Map<string, number>();
    for (const { day } of await partsOf(client, tier)) parts.set(day, (parts.get(day) ?? 0) + 1);
    for (const [day, count] of parts) if (count > 1) days.push({ table: tier.table, day });
  }
  for (const [done, { table, day }] of days.entries()) {
    progress?.(done, days.length);
    await client.run(
      `OPTIMIZE TABLE ${localTable(client.facts, table)}${onCluster(client.facts)} PARTITION ${sqlString(day)} FINAL`,
    );
  }
}
