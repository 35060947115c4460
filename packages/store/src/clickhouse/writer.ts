import { COLUMNS, NATIVE_TYPES, type Tier } from "@ngflow/flows";
import type { BlockFile } from "../spool/block-file.ts";
import type { RowsByDay } from "../ledger/ledger.ts";
import type { TimeRange } from "../spool/block-layout.ts";
import { type BlockBackend, BlockFailedError } from "../spool/ingester.ts";
import { BLOCK_COLUMN, columnDefinitions } from "./ddl.ts";
import { type DataFile, type SqlClient, type SqlError, sqlString } from "./sql-client.ts";

/**
 * Errors of ClickHouse whose cause is outside of the block: no memory, no space, a file or a disk that cannot be used,
 * a server that cannot be reached, too many parts, a statement that was cancelled.
 */
const OUTSIDE: ReadonlySet<number> = new Set([
  74, 75, 76, 77, 107, 159, 173, 202, 209, 210, 236, 241, 242, 243, 252, 279, 394, 425, 439, 1000, 1001,
]);

/** Columns that a block file lacks become zero, and columns of IPv4 addresses are converted. */
const STRUCTURE = COLUMNS.map((column) => `${column.name} ${NATIVE_TYPES[column.kind]}`).join(", ");

/** Inserts block files into the table of the first tier, each exactly once. */
export function createBlockWriter(client: SqlClient, tier: Tier): BlockBackend {
  return {
    async insertBlock(block: BlockFile, range: TimeRange, maybeStored: boolean): Promise<RowsByDay> {
      const file: DataFile = { path: block.file, format: "Native", structure: STRUCTURE };
      const rows: BlockRows = { id: BigInt(`0x${block.name.id}`), range };
      try {
        await insert(client, tier, file, rows, maybeStored);
        return await storedDays(client, tier, rows);
      } catch (error) {
        const { clickhouseCode, message } = error as SqlError;
        if (clickhouseCode === undefined || OUTSIDE.has(clickhouseCode)) throw error;
        throw new BlockFailedError(message, { cause: error });
      }
    },
  };
}

/** What finds the rows of a block in a table. */
interface BlockRows {
  readonly id: bigint;
  readonly range: TimeRange;
}

/**
 * One insert makes one part per day received, and each part is stored whole or not at all. After a crash, the days that
 * are already stored are left out.
 */
async function insert(
  client: SqlClient,
  tier: Tier,
  file: DataFile,
  block: BlockRows,
  maybeStored: boolean,
): Promise<void> {
  const names = [...columnDefinitions(tier).keys()].filter((name) => name !== BLOCK_COLUMN).join(", ");
  const stored = maybeStored ? [...(await storedDays(client, tier, block)).keys()] : [];
  const days = stored.map((day) => `toDate(${sqlString(day)})`).join(", ");
  await client.over(file, (rows) => {
    const missing = days === "" ? rows : `(SELECT * FROM ${rows} WHERE toDate(TimeReceived) NOT IN (${days}))`;
    return `INSERT INTO ${tier.table} (${names}, ${BLOCK_COLUMN}) SELECT ${names}, toUInt64(${block.id}) FROM ${missing}`;
  });
}

/** The rows that a table has of a block, by day. */
async function storedDays(client: SqlClient, tier: Tier, { id, range }: BlockRows): Promise<RowsByDay> {
  const time = (ms: number): string => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;
  const days = await client.inspect(
    `SELECT toString(toDate(TimeReceived)) AS day, count() FROM ${tier.table}` +
      ` WHERE TimeReceived BETWEEN ${time(range.minMs)} AND ${time(range.maxMs)} AND ${BLOCK_COLUMN} = ${id} GROUP BY day`,
  );
  return new Map(days.map(([day, rows]) => [String(day), Number(rows)]));
}
