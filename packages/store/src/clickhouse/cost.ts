import {
  type AggregatePlan,
  isoTime,
  type QueryCost,
  type Tier,
  type TierCost,
  tierNames,
  type Tiers,
  whyFlows,
} from "@ngflow/flows";
import { tiersOf } from "./collector-tables.ts";
import { databaseSql, localTable, systemTable } from "./cluster.ts";
import type { ReadRates } from "./read-rates.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

/**
 * What the statement of a plan would read: the parts and rows that the indexes leave, and how long that takes. Nothing
 * is read for it. @throws SqlError.
 */
export async function costOf(
  client: SqlClient,
  tiers: Tiers,
  plan: AggregatePlan,
  sql: string,
  rates: ReadRates,
  collectors: readonly string[] = [],
): Promise<QueryCost> {
  const estimated = await client.inspect(`EXPLAIN ESTIMATE ${sql}`);
  const all = [tiers, ...collectors.map((collector) => tiersOf(tiers, collector))].flat();
  const sizes = await tableSizes(client, all);
  const found: TierCost[] = [];
  for (const [, table, parts, rows] of estimated) {
    const tier = all.find((each) => localTable(client.facts, each.table) === table);
    if (tier === undefined || Number(parts) === 0) continue;
    const size = sizes.get(String(table)) ?? { parts: 0, rowBytes: 0 };
    found.push({
      name: tier.name,
      // A statement that reads a table several times names its parts as often.
      parts: Math.min(Number(parts), size.parts),
      rows: Number(rows),
      bytes: Math.round(Number(rows) * size.rowBytes),
    });
  }
  const sum = (what: "parts" | "rows" | "bytes"): number => found.reduce((all, each) => all + each[what], 0);
  return {
    from: isoTime(plan.fromMs),
    to: isoTime(plan.toMs),
    tier: tierNames(plan),
    tiers: found.sort((a, b) => b.rows - a.rows),
    parts: sum("parts"),
    rows: sum("rows"),
    bytes: sum("bytes"),
    aboutMs: rates.aboutMs(plan, sum("rows")),
    why: whyFlows(plan),
  };
}

/** Parts of each table, and bytes on disk of a row. */
async function tableSizes(
  client: SqlClient,
  tiers: readonly Tier[],
): Promise<ReadonlyMap<string, { readonly parts: number; readonly rowBytes: number }>> {
  const { facts } = client;
  const tables = tiers.map(({ table }) => sqlString(localTable(facts, table))).join(", ");
  const rows = await client.inspect(
    `SELECT table, count(), sum(bytes_on_disk) / sum(rows) FROM ${systemTable(facts, "parts")} WHERE active AND rows > 0` +
      ` AND database = ${databaseSql(facts)} AND table IN (${tables}) GROUP BY table`,
  );
  return new Map(
    rows.map(([table, parts, bytes]) => [String(table), { parts: Number(parts), rowBytes: Number(bytes) }]),
  );
}
