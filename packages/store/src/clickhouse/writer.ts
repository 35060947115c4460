import type { Tier } from "@ngflow/flows";
import type { RowsByDay } from "../ledger/ledger.ts";
import type { BlockFile } from "../spool/block-file.ts";
import type { TimeRange } from "../spool/block-layout.ts";
import { type BlockBackend, BlockFailedError } from "../spool/ingester-types.ts";
import { BLOCK_STRUCTURE, blockColumn } from "./block-columns.ts";
import { type BlockRows, type BlockTable, insertBlockRows, storedDays, sumOf, whenCaughtUp } from "./block-insert.ts";
import { flowsKey } from "./cluster.ts";
import { BLOCK_COLUMN, columnDefinitions } from "./ddl.ts";
import type { SqlClient, SqlError } from "./sql-client.ts";

/**
 * Errors of ClickHouse whose cause is outside of the block: no memory, no space, a file or a disk that cannot be used,
 * a server that cannot be reached, too many parts, a statement that was cancelled, a table or a right that is not
 * there, a replica or a keeper that is away.
 */
const OUTSIDE: ReadonlySet<number> = new Set([
  60, 81, 164, 192, 193, 194, 201, 497, 516, 74, 75, 76, 77, 107, 159, 173, 202, 209, 210, 236, 241, 242, 243, 252, 279,
  394, 425, 439, 1000, 1001, 3, 225, 254, 285, 286, 289, 319, 415, 519, 999,
]);

/** Inserts block files into the table of the first tier, each exactly once. */
export function createBlockWriter(
  client: SqlClient,
  tier: Tier,
  table: BlockTable = flowsTable(client, tier),
): BlockBackend {
  const rowsOf = ({ file, name }: BlockFile, range: TimeRange): BlockRows => ({
    ...{ file, range },
    id: BigInt(`0x${name.id}`),
    rows: name.rows,
  });
  return {
    hasRows: async (block, range) => (await storedDays(client, table, rowsOf(block, range))).size > 0,
    async insertBlock(blockFile: BlockFile, range: TimeRange, maybeStored: boolean): Promise<RowsByDay> {
      const block = rowsOf(blockFile, range);
      try {
        await insertBlockRows(client, table, block, maybeStored);
        const days = await storedDays(client, table, block);
        if (client.facts === undefined || sumOf(days) >= block.rows) return days;
        if (client.facts.cluster !== undefined) {
          const found = await whenCaughtUp(client, table, block);
          if (found !== undefined) return found;
        }
        // The server knows the block from an attempt whose part was lost.
        await insertBlockRows(client, table, block, true, " SETTINGS insert_deduplicate = 0");
        const again = await storedDays(client, table, block);
        if (again.size === 0) throw new BlockFailedError("the server took the block and has no row of it");
        return again;
      } catch (error) {
        if (error instanceof BlockFailedError) throw error;
        const { clickhouseCode, message } = error as SqlError;
        if (clickhouseCode === undefined || OUTSIDE.has(clickhouseCode)) throw error;
        throw new BlockFailedError(message, { cause: error });
      }
    },
  };
}

/** The table of the flows. */
function flowsTable({ facts }: SqlClient, tier: Tier): BlockTable {
  const names = [...columnDefinitions(tier).keys()].filter((name) => name !== BLOCK_COLUMN);
  const time = (ms: number): string => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;
  return {
    table: tier.table,
    format: "Native",
    structure: BLOCK_STRUCTURE,
    values: new Map(names.map((name) => [name, blockColumn(name)])),
    blockColumn: BLOCK_COLUMN,
    day: { stored: "toDate(TimeReceived)", file: `toDate(${blockColumn("TimeReceived")})` },
    receivedIn: ({ minMs, maxMs }) => `TimeReceived BETWEEN ${time(minMs)} AND ${time(maxMs)}`,
    key: facts?.cluster === undefined ? "" : flowsKey(facts.cluster),
  };
}
