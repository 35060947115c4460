import type { Tier } from "@ngflow/flows";
import { addColumn, addSettings, changeCodec, columnDefinitions, createRollUp, createTable, removeTtl } from "./ddl.ts";
import { type SqlClient, sqlString } from "./sql-client.ts";

/** Creates the table of a tier, or brings an existing one up to date. */
export async function migrate(client: SqlClient, tier: Tier): Promise<void> {
  const table = sqlString(tier.table);
  if (tier.resolutionMs !== null) {
    await client.run(createRollUp(tier));
    return;
  }
  await client.run(createTable(tier));
  const engine = `SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = ${table}`;
  const definition = String((await client.inspect(engine))[0]?.[0]);
  if (definition.includes(" TTL ")) await client.run(removeTtl(tier));
  const settings = addSettings(tier, definition);
  if (settings !== undefined) await client.run(settings);
  const columns = `SELECT name, compression_codec FROM system.columns WHERE database = currentDatabase() AND table = ${table}`;
  const present = new Map((await client.inspect(columns)).map(([name, codec]) => [String(name), String(codec)]));
  for (const [name, definition] of columnDefinitions(tier)) {
    const codec = present.get(name);
    const change = codec === undefined ? addColumn(tier, definition) : changeCodec(tier, name, codec);
    if (change !== undefined) await client.run(change);
  }
}
