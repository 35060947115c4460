import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Tier } from "@ngflow/flows";
import { BLOCK_COLUMN, dimensionsOf, FLOWS_COLUMN, RECEIVED_COLUMN } from "../clickhouse/ddl.ts";
import { dropDay } from "../clickhouse/quota.ts";
import type { SqlClient } from "../clickhouse/sql-client.ts";
import { sqlString } from "../clickhouse/sql-text.ts";
import { StoreError } from "../errors.ts";
import type { Day } from "../ledger/ledger-file.ts";

/** Rows copied at a time, about: they are in memory once. */
const PIECE_ROWS = 250_000;

/** A table of a store whose days are copied. */
export interface CopiedTable {
  readonly tier: Tier;
  /** The same tier, as the other database names its table. */
  readonly target: Tier;
  readonly from: SqlClient;
  readonly to: SqlClient;
  /** Directory for the file of a piece. */
  readonly directory: string;
}

/**
 * Copies a day, unless the other database has it already. Returns whether it was copied. @throws SqlError, StoreError.
 */
export async function copyDay(table: CopiedTable, day: Day, copied: (rows: number) => void): Promise<boolean> {
  const { tier, target, from, to } = table;
  const wanted = await fingerprint(from, tier, day);
  if ((await fingerprint(to, target, day)) === wanted) return false;
  await dropDay(to, { table: target.table, day });
  const columns = await columnsOf(from, tier);
  for (const { condition, rows } of await piecesOf(from, tier, day)) {
    await copyPiece(table, columns, `${onDay(tier, day)} AND ${condition}`);
    copied(rows);
  }
  const got = await fingerprint(to, target, day);
  if (got !== wanted)
    throw new StoreError("copy-differs", `copy: ${tier.table} of ${day} differs from what was read; copy again`);
  return true;
}

/** Condition on the rows of a day. */
export function onDay(tier: Tier, day: Day): string {
  return tier.resolutionMs === null
    ? `toDate(TimeReceived) = toDate(${sqlString(day)})`
    : `${RECEIVED_COLUMN} = toDate(${sqlString(day)})`;
}

/**
 * What a day has, whatever was merged: two that are equal have the same rows, but for addresses if those are others.
 * @throws SqlError.
 */
export async function fingerprint(client: SqlClient, tier: Tier, day: Day, otherAddresses = false): Promise<string> {
  const addresses = otherAddresses ? "" : "SrcAddr, DstAddr, ";
  const sums =
    tier.resolutionMs === null
      ? `count(), sum(Bytes), sum(Packets), sum(cityHash64(${BLOCK_COLUMN}, ${addresses}SrcPort, DstPort, TimeStart, TimeEnd))`
      : `sum(Bytes), sum(Packets), sum(${FLOWS_COLUMN}), min(TimeStart), max(TimeStart)`;
  const [row] = await client.inspect(`SELECT ${sums} FROM ${tier.table} WHERE ${onDay(tier, day)}`);
  return JSON.stringify(row);
}

/** A column of a table with its type, that of an aggregate is that of its value. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

export async function columnsOf(client: SqlClient, { table }: Tier): Promise<readonly Column[]> {
  const rows = await client.inspect(
    `SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = ${sqlString(table)} ORDER BY position`,
  );
  return rows.map(([name, type]) => ({
    name: String(name),
    type: String(type).replace(/^SimpleAggregateFunction\(\w+, (.*)\)$/, "$1"),
  }));
}

/** A part of the rows of a day. */
export interface Piece {
  readonly condition: string;
  readonly rows: number;
}

/** Conditions that divide the rows of a day, each true for as many rows as fit into memory. @throws SqlError. */
export async function piecesOf(client: SqlClient, tier: Tier, day: Day): Promise<readonly Piece[]> {
  const second = `intDiv(toUnixTimestamp64Milli(${tier.resolutionMs === null ? "TimeReceived" : "TimeStart"}), 1000)`;
  const seconds = await client.inspect(
    `SELECT ${second} AS s, count() FROM ${tier.table} WHERE ${onDay(tier, day)} GROUP BY s ORDER BY s`,
  );
  const pieces: Piece[] = [];
  let [first, rows] = ["", 0];
  const end = (last: string): void => {
    if (rows === 0) return;
    const range = `${second} BETWEEN ${first} AND ${last}`;
    // One second may have more.
    const parts = Math.ceil(rows / (2 * PIECE_ROWS));
    const keys = tier.resolutionMs === null ? "SrcAddr, DstAddr, SrcPort, DstPort" : dimensionsOf(tier).join(", ");
    for (let part = 0; part < parts; part++) {
      const share = parts === 1 ? "" : ` AND cityHash64(${keys}) % ${parts} = ${part}`;
      pieces.push({ condition: `${range}${share}`, rows: Math.round(rows / parts) });
    }
    rows = 0;
  };
  let last = "";
  for (const [at, count] of seconds) {
    if (rows > 0 && rows + Number(count) > PIECE_ROWS) end(last);
    if (rows === 0) first = String(at);
    last = String(at);
    rows += Number(count);
  }
  end(last);
  return pieces;
}

async function copyPiece(
  { tier, target, from, to, directory }: CopiedTable,
  columns: readonly Column[],
  condition: string,
): Promise<void> {
  const names = columns.map(({ name }) => name).join(", ");
  const casts = columns.map(({ name, type }) => `CAST(${name}, ${sqlString(type)}) AS ${name}`).join(", ");
  const file = path.join(directory, "copy.native");
  try {
    // The names of the casts hide the columns, so the condition is on its own.
    const rows = `SELECT * FROM ${tier.table} WHERE ${condition}`;
    await writeFile(file, await from.native(`SELECT ${casts} FROM (${rows})`), { mode: 0o600 });
    const structure = columns.map(({ name, type }) => `${name} ${type}`).join(", ");
    // A day that is copied again must not be taken for one that the server knows.
    await to.over(
      { path: file, format: "Native", structure },
      (read) => `INSERT INTO ${target.table} (${names}) SELECT ${names} FROM ${read} SETTINGS insert_deduplicate = 0`,
    );
  } finally {
    await rm(file, { force: true });
  }
}
