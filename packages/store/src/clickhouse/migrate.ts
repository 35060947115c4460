import type { Tier } from "@ngflow/flows";
import { createDistributed, databaseSql, dayKey, flowsKey, type Located, localTable } from "./cluster.ts";
import {
  addColumn,
  addIndexes,
  addSettings,
  changeCodec,
  changePolicy,
  columnDefinitions,
  createRollUp,
  createTable,
  deletesByAge,
  RECEIVED_COLUMN,
  removeTtl,
} from "./ddl.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

/**
 * Creates the table of a tier, or brings an existing one up to date. In a cluster, the servers agree on the order of
 * changes, and each of them may be made twice: several may do this at once. What is there is not asked for again,
 * because a server that is away would be waited for.
 */
export async function migrate(client: SqlClient, tier: Tier): Promise<void> {
  const { facts } = client;
  const where = `database = ${databaseSql(facts)}`;
  const local = sqlString(localTable(facts, tier.table));
  const engines = async (): Promise<Map<string, string>> => {
    const rows = await client.inspect(
      `SELECT name, engine_full FROM system.tables WHERE ${where} AND name IN (${local}, ${sqlString(tier.table)})`,
    );
    return new Map(rows.map(([name, engine]) => [String(name), String(engine)]));
  };
  const isRollUp = tier.resolutionMs !== null;
  const present = facts?.cluster === undefined ? new Map<string, string>() : await engines();
  if (!present.has(localTable(facts, tier.table)))
    await client.run(isRollUp ? createRollUp(tier, facts) : createTable(tier, facts));
  if (facts?.cluster !== undefined && !present.has(tier.table))
    await client.run(createDistributed({ ...facts, cluster: facts.cluster }, tier.table, keyOf(facts, tier)));
  const definition =
    isRollUp && facts?.policy === undefined ? "" : (await engines()).get(localTable(facts, tier.table));
  const policy = changePolicy(tier, definition ?? "", facts);
  if (policy !== undefined) await client.run(policy);
  if (isRollUp || definition === undefined) return;
  if (deletesByAge(definition)) await client.run(removeTtl(tier, facts));
  const settings = addSettings(tier, definition, facts);
  if (settings !== undefined) await client.run(settings);
  const columns = `SELECT name, compression_codec FROM system.columns WHERE ${where} AND table = ${local}`;
  const codecs = new Map((await client.inspect(columns)).map(([name, codec]) => [String(name), String(codec)]));
  for (const [name, definition] of columnDefinitions(tier)) {
    const codec = codecs.get(name);
    const change = codec === undefined ? undefined : changeCodec(tier, name, codec, facts);
    const changes = codec === undefined ? addColumn(tier, definition, facts) : change === undefined ? [] : [change];
    for (const sql of changes) await client.run(sql);
  }
  const indexes = `SELECT name FROM system.data_skipping_indices WHERE ${where} AND table = ${local}`;
  const indexed = new Set((await client.inspect(indexes)).map(([name]) => String(name)));
  for (const change of addIndexes(tier, indexed, facts)) await client.run(change);
}

/** By what the rows of a tier find their shard. */
function keyOf({ cluster }: Located, { name, resolutionMs }: Tier): string {
  if (name === "flows") return flowsKey(cluster!);
  return dayKey(resolutionMs === null ? "TimeReceived" : RECEIVED_COLUMN);
}
