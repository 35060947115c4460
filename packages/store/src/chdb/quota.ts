import { statfs } from "node:fs/promises";
import { TIERS } from "@ngflow/flows";
import type { ChdbSession } from "./engine.ts";

export interface QuotaLimits {
  /** Most bytes of the table on disk; 0 is no limit. */
  readonly maxBytes: number;
  /** Least bytes free on the file system; 0 is no limit. */
  readonly minFreeBytes: number;
}

/** Rows and days that were dropped. */
export interface QuotaDropped {
  readonly days: number;
  readonly rows: number;
}

/**
 * Drops whole days, oldest first, until the table is within its limits. The newest day stays: what arrives now is worth
 * more than an empty disk.
 */
export async function enforceQuota(
  session: ChdbSession,
  directory: string,
  limits: QuotaLimits,
): Promise<QuotaDropped> {
  const dropped = { days: 0, rows: 0 };
  if (limits.maxBytes === 0 && limits.minFreeBytes === 0) return dropped;
  const days = await storedDays(session);
  const total = days.reduce((sum, day) => sum + day.bytes, 0);
  const { bavail, bsize } = await statfs(directory);
  let excess = Math.max(
    limits.maxBytes === 0 ? 0 : total - limits.maxBytes,
    limits.minFreeBytes === 0 ? 0 : limits.minFreeBytes - bavail * bsize,
  );
  for (const { day, rows, bytes } of days.slice(0, -1)) {
    if (excess <= 0) break;
    await session.queryAsync(`ALTER TABLE ${TIERS[0].table} DROP PARTITION '${day}'`);
    excess -= bytes;
    dropped.days++;
    dropped.rows += rows;
  }
  return dropped;
}

/** Days received that the table has, oldest first. */
async function storedDays(session: ChdbSession): Promise<{ day: string; rows: number; bytes: number }[]> {
  const sql =
    "SELECT partition, sum(rows), sum(bytes_on_disk) FROM system.parts" +
    ` WHERE active AND database = currentDatabase() AND table = '${TIERS[0].table}' GROUP BY partition ORDER BY partition`;
  const lines = (await session.queryAsync(sql, { format: "TSV" })).text().split("\n");
  return lines.flatMap((line) => {
    const match = /^(\d{4}-\d{2}-\d{2})\t(\d+)\t(\d+)$/.exec(line);
    return match ? [{ day: match[1]!, rows: Number(match[2]), bytes: Number(match[3]) }] : [];
  });
}
