import type { Tiers } from "@ngflow/flows";
import { databaseSql, localTable, onCluster, systemTable } from "./cluster.ts";
import { type Part, partsOf } from "./parts.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

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
  const free = limits.minFreeBytes === 0 ? null : await freeBytes(client);
  let excess = Math.max(
    limits.maxBytes === 0 ? 0 : bytesOf(days) - limits.maxBytes,
    free === null ? 0 : limits.minFreeBytes - free,
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

/** Drops a day of a table. A day that is not there is no error. @throws SqlError, also if a shard still has it. */
export async function dropDay(client: SqlClient, { table, day }: TableDay): Promise<void> {
  const { facts } = client;
  const local = localTable(facts, table);
  await client.run(`ALTER TABLE ${local}${onCluster(facts)} DROP PARTITION ${sqlString(day)}`);
  if (facts?.cluster === undefined) return;
  // A server that is away does it when it is back; a shard of which no server did it is another matter.
  const [left] = await client.inspect(
    `SELECT sum(rows) FROM ${systemTable(facts, "parts")} WHERE active AND database = ${databaseSql(facts)}` +
      ` AND table = ${sqlString(local)} AND partition = ${sqlString(day)}`,
  );
  if (Number(left?.[0] ?? 0) > 0) throw new Error(`a shard still has ${day} of ${local}`);
}

/** Rows of the first tier, and bytes and parts of all of them. */
export async function storeSize(
  client: SqlClient,
  tiers: Tiers,
): Promise<{ rowsTotal: number; bytesTotal: number; partsTotal: number }> {
  const { facts } = client;
  const nameOf = (tier: Tiers[number]): string => sqlString(localTable(facts, tier.table));
  const tables = tiers.map(nameOf).join(", ");
  const sql =
    `SELECT sumIf(rows, table = ${nameOf(tiers[0])}), sum(bytes_on_disk), count() FROM ${systemTable(facts, "parts")}` +
    ` WHERE active AND database = ${databaseSql(facts)} AND table IN (${tables})`;
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

/**
 * Bytes free on the disks of the tables, of the fullest server; null where a server does not say. They are the disk of
 * the database, or those of the storage policy.
 */
export async function freeBytes(client: SqlClient): Promise<number | null> {
  if (client.facts !== undefined && !client.facts.has.has("disks")) return null;
  const { policy } = client.facts ?? {};
  const disks = systemTable(client.facts, "disks");
  const ofPolicy =
    policy === undefined
      ? "('default')"
      : `(SELECT arrayJoin(disks) FROM system.storage_policies WHERE policy_name = ${sqlString(policy)})`;
  const [row] = await client.inspect(
    `SELECT min(free) FROM (SELECT sum(toFloat64(free_space)) AS free FROM ${disks} WHERE name IN ${ofPolicy}` +
      " GROUP BY hostName())",
  );
  return Number(row?.[0]);
}
