import { api } from "./api.ts";
import { MOST_BINS, spanOf } from "./span.ts";
import { type RangeName, RANGES } from "./url-state.ts";

/** How long the time of the first record is cached while it is inside the range. */
const KEPT_MS = 30_000;

const known = new Map<RangeName, { readonly ms: number; readonly askedMs: number }>();

/** Start of the first bin of a range in which anything is stored, whatever the filter; null when nothing is. */
export async function firstRecordMs(range: RangeName, nowMs: number, signal: AbortSignal): Promise<number | null> {
  const kept = known.get(range);
  if (kept && (kept.ms <= nowMs - RANGES[range] || nowMs - kept.askedMs < KEPT_MS)) return kept.ms;
  const { from, to, stepMs } = spanOf(RANGES[range], nowMs, null, MOST_BINS.wide);
  const { rows } = await api.get("/query", { from, to, step: stepMs / 1000, metric: "flows", top: 1 }, signal);
  const ms = rows.reduce((least, row) => Math.min(least, Date.parse(String(row["time"]))), Number.POSITIVE_INFINITY);
  if (!Number.isFinite(ms)) return null;
  known.set(range, { ms, askedMs: nowMs });
  return ms;
}
