import type { Tier } from "@ngflow/flows";
import type { RowsByDay } from "../ledger/ledger.ts";
import { databaseSql, localTable, systemTable } from "./cluster.ts";
import { parseRows } from "./row-slices.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";
import { damageReason } from "./unreadable.ts";

/** A part of a table that the database uses. */
export interface Part {
  readonly name: string;
  readonly day: string;
  readonly rows: number;
  readonly bytes: number;
}

/** The parts of a table, oldest day first. */
export async function partsOf(client: SqlClient, { table }: Tier): Promise<Part[]> {
  const rows = await client.inspect(
    `SELECT name, partition, rows, bytes_on_disk FROM ${systemTable(client.facts, "parts")}` +
      ` WHERE active AND database = ${databaseSql(client.facts)}` +
      ` AND table = ${sqlString(localTable(client.facts, table))} ORDER BY partition, name`,
  );
  return rows.map(([name, day, count, bytes]) => ({
    name: String(name),
    day: String(day),
    rows: Number(count),
    bytes: Number(bytes),
  }));
}

/** Rows of each day in parts, without those named in `without`. */
export function rowsByDay(parts: readonly Part[], without: ReadonlySet<string> = new Set()): RowsByDay {
  const days = new Map<string, number>();
  for (const { name, day, rows } of parts) if (!without.has(name)) days.set(day, (days.get(day) ?? 0) + rows);
  return days;
}

/** A part that the database found broken, or that was detached by hand; it does not use it. */
export interface DetachedPart {
  readonly name: string;
  readonly reason: string;
}

/** The detached parts of a table. */
export async function detachedParts(client: SqlClient, { table }: Tier): Promise<DetachedPart[]> {
  const rows = await client.inspect(
    `SELECT name, reason FROM ${systemTable(client.facts, "detached_parts")}` +
      ` WHERE database = ${databaseSql(client.facts)} AND table = ${sqlString(localTable(client.facts, table))} ORDER BY name`,
  );
  return rows.map(([name, reason]) => ({ name: String(name), reason: String(reason ?? "") }));
}

/** What is wrong with a part; undefined if it is whole. Reads all of its bytes. @throws SqlError. */
export async function checkPart(client: SqlClient, { table }: Tier, part: string): Promise<string | undefined> {
  const [row] = parseRows(await client.read(`CHECK TABLE ${table} PART ${sqlString(part)}`));
  if (row === undefined) return undefined;
  const [passed, message] = row.length === 1 ? row : row.slice(1);
  return Number(passed) === 1 ? undefined : damageReason(String(message ?? "damaged"));
}

/** Rows of each day that come from some blocks. */
export async function rowsOfBlocks(client: SqlClient, { table }: Tier, ids: readonly string[]): Promise<RowsByDay> {
  const days = new Map<string, number>();
  for (let at = 0; at < ids.length; at += IDS_PER_QUERY) {
    const list = ids.slice(at, at + IDS_PER_QUERY).map((id) => BigInt(`0x${id}`));
    const rows = await client.inspect(
      `SELECT toString(toDate(TimeReceived)) AS day, count() FROM ${table} WHERE Block IN (${list.join(", ")}) GROUP BY day`,
    );
    for (const [day, count] of rows) days.set(String(day), (days.get(String(day)) ?? 0) + Number(count));
  }
  return days;
}

/** The text of a query is bounded. */
const IDS_PER_QUERY = 2000;
