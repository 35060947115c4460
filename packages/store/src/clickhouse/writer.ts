import { COLUMNS, NATIVE_TYPES, type Tiers } from "@ngflow/flows";
import type { BlockFile } from "../spool/block-file.ts";
import { type BlockBackend, BlockRefusedError } from "../spool/ingester.ts";
import { BLOCK_COLUMN, columnDefinitions } from "./ddl.ts";
import type { FilledTier } from "./fill.ts";
import { type DataFile, type SqlClient, type SqlError, sqlString } from "./sql-client.ts";

/**
 * Errors of ClickHouse that mean the content of a block is wrong. Its checksum is right, so it was written wrong and
 * trying again does not help. CANNOT_READ_ALL_DATA, INCORRECT_DATA, TYPE_MISMATCH, UNKNOWN_TYPE,
 * ATTEMPT_TO_READ_AFTER_EOF and their like.
 */
const REFUSALS: ReadonlySet<number> = new Set([6, 32, 33, 50, 53, 117, 130]);

/** Columns that a block file of an older release lacks become zero. */
const STRUCTURE = COLUMNS.map((column) => `${column.name} ${NATIVE_TYPES[column.kind]}`).join(", ");

/** Inserts block files into the table of every tier, each exactly once. */
export function createBlockWriter(client: SqlClient, tiers: Tiers<FilledTier>): BlockBackend {
  return {
    async insertBlock(block: BlockFile, maybeStored: boolean): Promise<void> {
      const file: DataFile = { path: block.file, format: "Native", structure: STRUCTURE };
      const id = `toUInt64(${BigInt(`0x${block.name.id}`)})`;
      try {
        for (const tier of tiers) await insert(client, tier, file, id, maybeStored);
      } catch (error) {
        const { clickhouseCode, message } = error as SqlError;
        if (clickhouseCode !== undefined && REFUSALS.has(clickhouseCode))
          throw new BlockRefusedError(message, { cause: error });
        throw error;
      }
    },
  };
}

/**
 * One insert makes one part per day received, and each part is stored whole or not at all. After a crash, the days that
 * are already stored are left out.
 */
async function insert(
  client: SqlClient,
  tier: FilledTier,
  file: DataFile,
  id: string,
  maybeStored: boolean,
): Promise<void> {
  const names = [...columnDefinitions(tier).keys()].filter((name) => name !== BLOCK_COLUMN).join(", ");
  const stored = maybeStored ? await storedDays(client, tier, file, id) : [];
  const days = stored.map((day) => `toDate(${sqlString(day)})`).join(", ");
  await client.over(file, (rows) => {
    const missing = days === "" ? rows : `(SELECT * FROM ${rows} WHERE toDate(TimeReceived) NOT IN (${days}))`;
    return `INSERT INTO ${tier.table} (${names}, ${BLOCK_COLUMN}) SELECT ${names}, ${id} FROM ${tier.fill(missing)}`;
  });
}

/** The days (YYYY-MM-DD) for which the table already has the rows of a block. */
async function storedDays(client: SqlClient, tier: FilledTier, file: DataFile, id: string): Promise<string[]> {
  const days = await client.over(
    file,
    (rows) =>
      `WITH (SELECT min(TimeReceived), max(TimeReceived) FROM ${rows}) AS range` +
      ` SELECT DISTINCT toString(toDate(TimeReceived)) FROM ${tier.table}` +
      ` WHERE TimeReceived BETWEEN range.1 AND range.2 AND ${BLOCK_COLUMN} = ${id}`,
  );
  return days.map(([day]) => String(day));
}
