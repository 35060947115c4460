import type { Tier } from "@ngflow/flows";
import { addColumn, alterRetention, columnDefinitions, createTable, ttl } from "./ddl.ts";
import { type SqlClient, sqlString } from "./sql-client.ts";

/** Creates the table of a tier, or adds missing columns to an existing one and sets its retention. */
export async function migrate(client: SqlClient, tier: Tier, storeRetentionDays: number): Promise<void> {
  const retentionDays = tier.retentionDays ?? storeRetentionDays;
  const table = sqlString(tier.table);
  await client.run(createTable(tier, retentionDays));
  const columns = `SELECT name FROM system.columns WHERE database = currentDatabase() AND table = ${table}`;
  const present = new Set((await client.rows(columns)).map(([name]) => name));
  for (const [name, definition] of columnDefinitions(tier)) {
    if (!present.has(name)) await client.run(addColumn(tier, definition));
  }
  const engine = `SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = ${table}`;
  const engineFull = String((await client.rows(engine))[0]?.[0]);
  const wanted = ttl(retentionDays);
  if (wanted === "" ? engineFull.includes(" TTL ") : !engineFull.includes(wanted))
    await client.run(alterRetention(tier, retentionDays));
}
