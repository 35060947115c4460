import type { ExporterStatus } from "../exporter-status.ts";
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

/**
 * The same with what exporters say of themselves: one that reports a flow that goes on after its active timeout may
 * have flows under way for so long, also where the newest ones were shorter. Exporters that sent nothing lately have
 * none.
 */
export function withTimeouts(
  measured: readonly Unsettled[],
  exporters: readonly Pick<ExporterStatus, "address" | "agent" | "activeTimeout" | "lastSeen">[],
  nowMs: number,
): readonly Unsettled[] {
  const from = new Map(measured.map(({ exporter, fromMs }) => [exporter, fromMs]));
  for (const { address, agent, activeTimeout = 0, lastSeen } of exporters) {
    if (activeTimeout === 0 || Math.abs(nowMs - Date.parse(lastSeen)) > RECENT_MS) continue;
    const exporter = agent ?? address;
    const saysMs = nowMs - Math.min(activeTimeout * 1000, LONGEST_MS);
    from.set(exporter, Math.min(saysMs, from.get(exporter) ?? Infinity));
  }
  return Array.from(from, ([exporter, fromMs]) => ({ exporter, fromMs }))
    .sort((a, b) => a.fromMs - b.fromMs || (a.exporter < b.exporter ? -1 : 1))
    .slice(0, MAX_UNDER_WAY);
}
