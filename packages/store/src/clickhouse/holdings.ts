import type { CollectorStatus, Tiers } from "@ngflow/flows";
import { databaseSql, localTable, systemTable } from "./cluster.ts";
import { tierOf } from "./collector-tables.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

/** What the tables of a collector have. */
export type Holdings = Pick<CollectorStatus, "rows" | "bytes" | "from" | "to">;

const NAMED = /_of_([a-z0-9]{1,32})$/;

/** Rows of flows, bytes of all tables, and the days of the flows, of each collector by its name. @throws SqlError. */
export async function holdingsOf(client: SqlClient, tiers: Tiers): Promise<ReadonlyMap<string, Holdings>> {
  const { facts } = client;
  const local = facts?.cluster === undefined ? "" : "_local";
  const bases = new Set(tiers.map((tier) => tierOf(tier, "").table));
  const rows = await client.inspect(
    `SELECT table, sum(rows), sum(bytes_on_disk), min(partition), max(partition) FROM ${systemTable(facts, "parts")}` +
      ` WHERE active AND database = ${databaseSql(facts)} AND endsWith(table, ${sqlString(local)}) GROUP BY table`,
  );
  const found = new Map<string, Holdings>();
  for (const [local, count, bytes, from, to] of rows) {
    const table = String(local).replace(facts?.cluster === undefined ? /$^/ : /_local$/, "");
    const name = NAMED.exec(table)?.[1] ?? "";
    if (!bases.has(table.replace(NAMED, ""))) continue;
    const before = found.get(name) ?? { rows: 0, bytes: 0, from: null, to: null };
    const isFlows = String(local) === localTable(facts, tierOf(tiers[0], name).table);
    const of = isFlows ? { rows: Number(count), from: String(from), to: String(to) } : {};
    found.set(name, { ...before, ...of, bytes: before.bytes + Number(bytes) });
  }
  return found;
}
