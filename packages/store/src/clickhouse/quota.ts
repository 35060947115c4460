import type { Tier, Tiers } from "@ngflow/flows";
import { type SqlClient, sqlString } from "./sql-client.ts";

export interface QuotaLimits {
  /** Most bytes of the tables on disk; 0 means no limit. */
  readonly maxBytes: number;
  /** Least bytes free on the disk of the database; 0 means no limit. */
  readonly minFreeBytes: number;
}

/** Rows and days that were dropped. */
export interface QuotaDropped {
  readonly days: number;
  readonly rows: number;
}

interface StoredDay {
  readonly table: string;
  readonly day: string;
  readonly rows: number;
  readonly bytes: number;
}

/**
 * Drops whole days, oldest first, until the tables are within their limits. The newest day of each table is kept,
 * even if the limits are exceeded.
 */
export async function enforceQuota(client: SqlClient, tiers: Tiers, limits: QuotaLimits): Promise<QuotaDropped> {
  const dropped = { days: 0, rows: 0 };
  if (limits.maxBytes === 0 && limits.minFreeBytes === 0) return dropped;
  const days = await storedDays(client, tiers);
  const total = days.reduce((sum, day) => sum + day.bytes, 0);
  let excess = Math.max(
    limits.maxBytes === 0 ? 0 : total - limits.maxBytes,
    limits.minFreeBytes === 0 ? 0 : limits.minFreeBytes - (await freeBytes(client)),
  );
  const newest = new Map(days.map(({ table, day }) => [table, day]));
  for (const { table, day, rows, bytes } of days) {
    if (excess <= 0) break;
    if (newest.get(table) === day) continue;
    await client.run(`ALTER TABLE ${table} DROP PARTITION ${sqlString(day)}`);
    excess -= bytes;
    dropped.days++;
    dropped.rows += rows;
  }
  return dropped;
}

/** Rows of the first tier, and bytes and parts of all of them. */
export async function storeSize(
  client: SqlClient,
  tiers: Tiers,
): Promise<{ rowsTotal: number; bytesTotal: number; partsTotal: number }> {
  const sql = `SELECT sumIf(rows, table = ${sqlString(tiers[0].table)}), sum(bytes_on_disk), count() ${partsOf(tiers)}`;
  const [rowsTotal = 0, bytesTotal = 0, partsTotal = 0] = (await client.rows(sql))[0]?.map(Number) ?? [];
  return { rowsTotal, bytesTotal, partsTotal };
}

/** The days received in each table, oldest first. */
async function storedDays(client: SqlClient, tiers: Tiers): Promise<StoredDay[]> {
  const sql = `SELECT table, partition, sum(rows), sum(bytes_on_disk) ${partsOf(tiers)} GROUP BY table, partition ORDER BY partition, table`;
  return (await client.rows(sql)).map(([table, day, rows, bytes]) => ({
    table: String(table),
    day: String(day),
    rows: Number(rows),
    bytes: Number(bytes),
  }));
}

async function freeBytes(client: SqlClient): Promise<number> {
  const [row] = await client.rows("SELECT free_space FROM system.disks WHERE name = 'default'");
  return Number(row?.[0]);
}

function partsOf(tiers: readonly Tier[]): string {
  const tables = tiers.map((tier) => sqlString(tier.table)).join(", ");
  return `FROM system.parts WHERE active AND database = currentDatabase() AND table IN (${tables})`;
}
