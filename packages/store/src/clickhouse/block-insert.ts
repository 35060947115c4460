import { setTimeout as sleep } from "node:timers/promises";
import type { RowsByDay } from "../ledger/ledger.ts";
import type { TimeRange } from "../spool/block-layout.ts";
import { notStored, storedPairs } from "./cluster.ts";
import { areWhole } from "./replicas.ts";
import type { DataFile, SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

/** A table that blocks are inserted into, as SQL names its parts. */
export interface BlockTable {
  readonly table: string;
  /** How the files of blocks are read. */
  readonly format: DataFile["format"];
  readonly structure: string;
  /** Columns, each with its value in the rows of a file. */
  readonly values: ReadonlyMap<string, string>;
  /** The column with the id of the block. */
  readonly blockColumn: string;
  /** The day received, of stored rows and of the rows of a file. */
  readonly day: { readonly stored: string; readonly file: string };
  /** Condition on the stored rows that were received in a range. */
  receivedIn(range: TimeRange): string;
  /** The sharding key, in a cluster; of the columns of stored rows and of the rows of a file alike. */
  readonly key: string;
}

/** A block, and what finds its rows in a table. */
export interface BlockRows {
  readonly file: string;
  readonly id: bigint;
  readonly rows: number;
  readonly range: TimeRange;
}

/**
 * Inserts a block. Each shard stores a day of it as a part of its own, as a whole or not at all. With `maybeStored`,
 * what is there is left out. @throws SqlError.
 */
export async function insertBlockRows(
  client: SqlClient,
  table: BlockTable,
  block: BlockRows,
  maybeStored: boolean,
  settings = "",
): Promise<void> {
  const file: DataFile = { path: block.file, format: table.format, structure: table.structure };
  const missing = maybeStored ? await missingOf(client, table, block) : "";
  const names = [...table.values.keys()].join(", ");
  const values = [...table.values.values()].join(", ");
  await client.over(
    file,
    (rows) =>
      `INSERT INTO ${table.table} (${names}, ${table.blockColumn})` +
      ` SELECT ${values}, toUInt64(${block.id}) FROM ${rows}${missing}${settings}`,
    // A shard takes a day of a block once, whatever of it the statement still has.
    client.facts?.cluster === undefined ? undefined : `block-${block.id}`,
  );
}

/** Condition on the rows of a block: those that are not stored. */
async function missingOf(client: SqlClient, table: BlockTable, block: BlockRows): Promise<string> {
  const cluster = client.facts?.cluster;
  if (cluster === undefined) {
    const stored = [...(await storedDays(client, table, block)).keys()];
    const days = stored.map((day) => `toDate(${sqlString(day)})`).join(", ");
    return days === "" ? "" : ` WHERE ${table.day.file} NOT IN (${days})`;
  }
  const pairs = await client.inspect(
    `SELECT ${storedPairs(cluster, table.key, table.day.stored)} FROM ${table.table}` +
      ` WHERE ${rowsOf(table, block)} GROUP BY slot, day`,
  );
  if (pairs.length === 0) return "";
  const stored = pairs.map(([slot, day]) => [Number(slot), String(day)] as const);
  return ` WHERE ${notStored(cluster, { key: table.key, day: table.day.file }, stored)}`;
}

/** The rows that a table has of a block, by day. @throws SqlError. */
export async function storedDays(client: SqlClient, table: BlockTable, block: BlockRows): Promise<RowsByDay> {
  const days = await client.inspect(
    `SELECT toString(${table.day.stored}) AS day, count() FROM ${table.table} WHERE ${rowsOf(table, block)} GROUP BY day`,
  );
  return new Map(days.map(([day, rows]) => [String(day), Number(rows)]));
}

function rowsOf(table: BlockTable, { id, range }: BlockRows): string {
  return `${table.receivedIn(range)} AND ${table.blockColumn} = ${id}`;
}

/** How long the replicas of a shard may take until each has what was inserted into one. */
const CATCH_UP_MS = 10_000;
const CATCH_UP_EVERY_MS = 250;

/**
 * The rows of a block, once the replicas that are read have them; undefined if none is behind, so that rows are lost.
 * @throws SqlError, and Error if a replica is still behind, or away.
 */
export async function whenCaughtUp(
  client: SqlClient,
  table: BlockTable,
  block: BlockRows,
): Promise<RowsByDay | undefined> {
  for (let waitedMs = 0; waitedMs < CATCH_UP_MS; waitedMs += CATCH_UP_EVERY_MS) {
    const isWhole = await areWhole(client, table.table);
    const days = await storedDays(client, table, block);
    if (sumOf(days) >= block.rows) return days;
    if (isWhole) return undefined;
    await sleep(CATCH_UP_EVERY_MS);
  }
  throw new Error("a replica of the cluster is behind or away, and has rows of a block that others have not");
}

/** Rows of all days. */
export function sumOf(days: RowsByDay): number {
  let sum = 0;
  for (const rows of days.values()) sum += rows;
  return sum;
}
