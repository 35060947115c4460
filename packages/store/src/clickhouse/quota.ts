import type { Tiers } from "@ngflow/flows";
import { type Part, partsOf } from "./parts.ts";
import { type SqlClient, sqlString } from "./sql-client.ts";

export interface QuotaLimits {
  /** Most bytes of the tables on disk; 0 means no limit. */
  readonly maxBytes: number;
  /** Least bytes free on the disk of the database; 0 means no limit. */
  readonly minFreeBytes: number;
}

/** A day of a table. */
export interface TableDay {
  readonly table: string;
  readonly day: string;
}

interface SizedDay extends TableDay {
  readonly bytes: number;
}

/**
 * Whole days to drop until the tables are within their limits: each time the oldest day of the table that takes most.
 * The newest day of each table is kept, even if the limits are exceeded.
 */
export async function daysOverQuota(client: SqlClient, tiers: Tiers, limits: QuotaLimits): Promise<TableDay[]> {
  if (limits.maxBytes === 0 && limits.minFreeBytes === 0) return [];
  const days: SizedDay[] = [];
  for (const tier of tiers) days.push(...sizedDays(tier.table, await partsOf(client, tier)));
  let excess = Math.max(
    limits.maxBytes === 0 ? 0 : bytesOf(days) - limits.maxBytes,
    limits.minFreeBytes === 0 ? 0 : limits.minFreeBytes - (await freeBytes(client)),
  );
  const over: TableDay[] = [];
  const tables = new Map<string, SizedDay[]>();
  for (const day of days) tables.set(day.table, [...(tables.get(day.table) ?? []), day]);
  while (excess > 0) {
    const largest = [...tables.values()].filter((left) => left.length > 1).sort((a, b) => bytesOf(b) - bytesOf(a))[0];
    const oldest = largest?.shift();
    if (oldest === undefined) break;
    excess -= oldest.bytes;
    over.push({ table: oldest.table, day: oldest.day });
  }
  return over;
}

/** Drops a day of a table. A day that is not there is no error. */
export async function dropDay(client: SqlClient, { table, day }: TableDay): Promise<void> {
  await client.run(`ALTER TABLE ${table} DROP PARTITION ${sqlString(day)}`);
}

/** Rows of the first tier, and bytes and parts of all of them. */
export async function storeSize(
  client: SqlClient,
  tiers: Tiers,
): Promise<{ rowsTotal: number; bytesTotal: number; partsTotal: number }> {
  const tables = tiers.map((tier) => sqlString(tier.table)).join(", ");
  const sql =
    `SELECT sumIf(rows, table = ${sqlString(tiers[0].table)}), sum(bytes_on_disk), count() FROM system.parts` +
    ` WHERE active AND database = currentDatabase() AND table IN (${tables})`;
  const [rowsTotal = 0, bytesTotal = 0, partsTotal = 0] = (await client.inspect(sql))[0]?.map(Number) ?? [];
  return { rowsTotal, bytesTotal, partsTotal };
}

function bytesOf(days: readonly SizedDay[]): number {
  return days.reduce((sum, { bytes }) => sum + bytes, 0);
}

function sizedDays(table: string, parts: readonly Part[]): SizedDay[] {
  const bytes = new Map<string, number>();
  for (const part of parts) bytes.set(part.day, (bytes.get(part.day) ?? 0) + part.bytes);
  return [...bytes].map(([day, sum]) => ({ table, day, bytes: sum }));
}

/** Bytes free on the disk of the database. */
export async function freeBytes(client: SqlClient): Promise<number> {
  const [row] = await client.inspect("SELECT free_space FROM system.disks WHERE name = 'default'");
  return Number(row?.[0]);
}
