import type { PieceReader } from "../query/types.ts";
import { MAX_UNDER_WAY, type Unsettled } from "./completeness.ts";

/** Exporters that sent nothing for so long have nothing under way. */
const RECENT_MS = 3_600_000;
/** The newest flows that are looked at. */
const NEWEST = 1_000_000;
/** A longer time between the start of a flow and its arrival is a wrong clock: no exporter keeps a flow so long. */
const LONGEST_MS = 3_600_000;
/**
 * No exporter keeps a flow so long after its end. One that arrives later was kept on the way: history that is sent at
 * once, or what an exporter had while it could not send. That says nothing about the next flows.
 */
const LATE_MS = 600_000;

/**
 * Asks a store from when on flows may still be under way, for each exporter of which flows arrived lately: the longest
 * time between the start of a recent flow and its arrival. Those that take longest come first. None without SQL.
 */
export async function askUnsettled(
  reader: PieceReader,
  nowMs: number,
  signal?: AbortSignal,
): Promise<readonly Unsettled[]> {
  if (reader.sqlInPieces === undefined) return [];
  const ms = (column: string): string => `toUnixTimestamp64Milli(${column})`;
  const recent =
    `SELECT ExporterAddr, ${ms("TimeReceived")} - ${ms("TimeStart")} AS lag FROM flows` +
    ` WHERE TimeReceived >= fromUnixTimestamp64Milli(toInt64(${nowMs - RECENT_MS}), 'UTC')` +
    ` AND TimeReceived <= fromUnixTimestamp64Milli(toInt64(${nowMs}), 'UTC')` +
    ` AND ${ms("TimeReceived")} - ${ms("TimeEnd")} <= ${LATE_MS} ORDER BY TimeReceived DESC LIMIT ${NEWEST}`;
  const sql =
    `SELECT replaceOne(toString(ExporterAddr), '::ffff:', '') AS exporter, max(lag) AS longest FROM (${recent})` +
    ` WHERE lag BETWEEN 0 AND ${LONGEST_MS} GROUP BY ExporterAddr ORDER BY longest DESC, exporter`;
  const { pieces } = await reader.sqlInPieces({ sql, limit: MAX_UNDER_WAY }, { signal });
  return [...pieces]
    .flat()
    .map((row) => ({ fromMs: nowMs - Number(row["longest"]), exporter: String(row["exporter"]) }));
}
