import { type ReadCost, type Tier, type TierCost, type Tiers } from "@ngflow/flows";
import { tiersOf } from "./collector-tables.ts";
import { databaseSql, localTable, systemTable } from "./cluster.ts";
import type { SqlClient } from "./sql-client.ts";
import { parseRows } from "./row-slices.ts";
import { sqlString } from "./sql-text.ts";

/** Who estimates, and what of. */
interface Estimated {
  readonly client: SqlClient;
  readonly tiers: Tiers;
  /** Names of other collectors whose tables are read. */
  readonly collectors?: readonly string[];
  /** How often a statement that is not explained reads the same rows again. Default 1. */
  readonly times?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a statement would read: the parts and rows that the indexes leave. Nothing is read for it, unless the statement
 * has subqueries by which the database decides what it reads. So it is a query of a user, with the limits of these.
 * @throws SqlError.
 */
export async function estimate(
  { client, tiers, collectors = [], times = 1, signal }: Estimated,
  statement: string,
): Promise<Omit<ReadCost, "aboutMs">> {
  const estimated = parseRows(await client.read(`EXPLAIN ESTIMATE ${statement}`, { signal }));
  const all = [tiers, ...collectors.map((collector) => tiersOf(tiers, collector))].flat();
  const sizes = await tableSizes(client, all);
  const found: TierCost[] = [];
  for (const [, table, parts, count] of estimated) {
    const tier = all.find((each) => localTable(client.facts, each.table) === table);
    if (tier === undefined || Number(parts) === 0) continue;
    const size = sizes.get(String(table)) ?? { parts: 0, rowBytes: 0 };
    const rows = Number(count) * times;
    found.push({
      name: tier.name,
      // A statement that reads a table several times names its parts as often.
      parts: Math.min(Number(parts), size.parts),
      rows,
      bytes: Math.round(rows * size.rowBytes),
    });
  }
  const sum = (what: "parts" | "rows" | "bytes"): number => found.reduce((whole, each) => whole + each[what], 0);
  return {
    tiers: found.sort((a, b) => b.rows - a.rows),
    parts: sum("parts"),
    rows: sum("rows"),
    bytes: sum("bytes"),
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
