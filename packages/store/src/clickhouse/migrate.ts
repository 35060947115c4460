import type { Tier } from "@ngflow/flows";
import { addColumn, columnDefinitions, createTable, removeTtl } from "./ddl.ts";
import { type SqlClient, sqlString } from "./sql-client.ts";

/** Creates the table of a tier, or adds missing columns to an existing one. */
export async function migrate(client: SqlClient, tier: Tier): Promise<void> {
  const table = sqlString(tier.table);
  await client.run(createTable(tier));
  const engine = `SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = ${table}`;
  if (String((await client.inspect(engine))[0]?.[0]).includes(" TTL ")) await client.run(removeTtl(tier));
  const columns = `SELECT name FROM system.columns WHERE database = currentDatabase() AND table = ${table}`;
  const present = new Set((await client.inspect(columns)).map(([name]) => name));
  for (const [name, definition] of columnDefinitions(tier)) {
    if (!present.has(name)) await client.run(addColumn(tier, definition));
  }
}
