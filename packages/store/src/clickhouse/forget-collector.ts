import { type ForgottenCollector, type Tiers } from "@ngflow/flows";
import { StoreError } from "../errors.ts";
import { OWNER } from "./claim.ts";
import { databaseSql, localTable, onCluster } from "./cluster.ts";
import { tableOf, tierOf } from "./collector-tables.ts";
import { nextOf } from "./ddl.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

/** Tables in which every collector has a row, with its name. */
const SHARED = ["ngflow_collectors", "ngflow_templates", "ngflow_names"];

/**
 * Drops all that a collector has in the database: first what it says of itself, so that nobody reads its tables any
 * more, then these. After an interruption it can be done again.
 *
 * @throws StoreError `collector-absent`; SqlError.
 */
export async function forgetCollector(client: SqlClient, tiers: Tiers, name: string): Promise<ForgottenCollector> {
  const { facts } = client;
  const there = async (names: readonly string[]): Promise<readonly string[]> => {
    const list = names.map(sqlString).join(", ");
    const sql = `SELECT name FROM system.tables WHERE database = ${databaseSql(facts)} AND name IN (${list})`;
    const found = new Set((await client.inspect(sql)).map(([table]) => String(table)));
    return names.filter((table) => found.has(table));
  };
  const own = tiers.map((tier) => tierOf(tier, name));
  const tables = await there([
    ...own.flatMap((tier) => [...new Set([tier.table, localTable(facts, tier.table)]), nextOf(tier)]),
    tableOf(OWNER, name),
  ]);
  const flows = own[0]!.table;
  if (tables.length === 0)
    throw new StoreError("collector-absent", `store: the database has no tables of a collector ${shownName(name)}`);
  const counted = tables.includes(flows) ? await client.inspect(`SELECT count() FROM ${flows}`) : [];
  for (const table of await there(SHARED))
    await client.run(`ALTER TABLE ${table} DELETE WHERE Name = ${sqlString(name)} SETTINGS mutations_sync = 2`);
  for (const table of tables) await client.run(`DROP TABLE IF EXISTS ${table}${onCluster(facts)} SYNC`);
  return { name, rows: Number(counted[0]?.[0] ?? 0), tables };
}

/** A collector as messages name it. */
export function shownName(name: string): string {
  return name === "" ? "without a name" : `"${name}"`;
}
