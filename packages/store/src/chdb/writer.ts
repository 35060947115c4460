import { COLUMNS, NATIVE_TYPES, TIERS } from "@ngflow/flows";
import type { BlockFile } from "../spool/block-file.ts";
import { type BlockBackend, BlockRefusedError } from "../spool/ingester.ts";
import { BLOCK_COLUMN } from "../clickhouse/ddl.ts";
import type { ChdbError, ChdbSession } from "./engine.ts";

/** Errors of ClickHouse that say the content of a block is wrong, whatever is tried: the checksum was right, so it was
 * written wrong. CANNOT_READ_ALL_DATA, INCORRECT_DATA, TYPE_MISMATCH, UNKNOWN_TYPE, ATTEMPT_TO_READ_AFTER_EOF and their like. */
const REFUSALS: ReadonlySet<number> = new Set([6, 32, 33, 50, 53, 117, 130]);

const NAMES = COLUMNS.map((column) => column.name).join(", ");
/** Columns a block file lacks (it was written by an older release) become zero. */
const STRUCTURE = COLUMNS.map((column) => `${column.name} ${NATIVE_TYPES[column.kind]}`).join(", ");

/** Block files into the table, each exactly once. */
export function createChdbWriter(session: ChdbSession): BlockBackend {
  return {
    /**
     * One insert makes one part per day received, and each part is there whole or not at all. After a crash the days
     * that are there are left out. (ClickHouse's own deduplication log is not used: it is written before the part is,
     * so a kill between the two would turn the repeated insert into a loss.)
     */
    async insertBlock(block: BlockFile, maybeStored: boolean): Promise<void> {
      const id = `toUInt64(${BigInt(`0x${block.name.id}`)})`;
      const source = `file(${sqlString(block.file)}, 'Native', ${sqlString(STRUCTURE)})`;
      const days = maybeStored ? await storedDays(session, source, id) : [];
      const missing =
        days.length === 0
          ? ""
          : ` WHERE toDate(TimeReceived) NOT IN (${days.map((day) => `toDate('${day}')`).join(", ")})`;
      try {
        await session.queryAsync(
          `INSERT INTO ${TIERS[0].table} (${NAMES}, ${BLOCK_COLUMN}) SELECT ${NAMES}, ${id} FROM ${source}${missing}`,
        );
      } catch (error) {
        const code = (error as ChdbError).clickhouseCode;
        if (code !== undefined && REFUSALS.has(code))
          throw new BlockRefusedError((error as Error).message, { cause: error });
        throw error;
      }
    },
  };
}

/** The days received, as YYYY-MM-DD, of which the table has the rows of a block. */
async function storedDays(session: ChdbSession, source: string, id: string): Promise<string[]> {
  const range = `SELECT min(TimeReceived), max(TimeReceived) FROM ${source}`;
  const sql =
    `WITH (${range}) AS range SELECT DISTINCT toString(toDate(TimeReceived)) FROM ${TIERS[0].table}` +
    ` WHERE TimeReceived BETWEEN range.1 AND range.2 AND ${BLOCK_COLUMN} = ${id}`;
  const answer = (await session.queryAsync(sql, { format: "TSV" })).text();
  return answer.split("\n").filter((day) => /^\d{4}-\d{2}-\d{2}$/.test(day));
}

/** A string literal of ClickHouse SQL. */
export function sqlString(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
