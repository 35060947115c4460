import type { Client } from "@ngflow/server/client";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Most days that are looked at in one question. */
const MOST_DAYS = 9000;

/**
 * When the first flow of a filter ended that the store still has, to the minute: first the day of it, then the minute.
 * Null when the store has none.
 */
export async function firstSeenMs(
  filter: string,
  api: Pick<Client<AbortSignal>, "get" | "find">,
  signal: AbortSignal,
  nowMs = Date.now(),
): Promise<number | null> {
  const store = await api.find("/store", {}, signal);
  const days = (store?.tiers ?? []).flatMap(({ from }) => (from === null ? [] : [Date.parse(from)]));
  const oldestMs = days.length === 0 ? nowMs - 30 * DAY_MS : Math.min(...days);
  // A flow may have ended a day before it was received.
  const fromMs = Math.max(0, oldestMs - DAY_MS, nowMs - MOST_DAYS * DAY_MS);
  const first = async (from: number, to: number, stepMs: number): Promise<number | null> => {
    const params = { from, to, step: stepMs / 1000, metric: "flows", top: 1, filter };
    const { rows } = await api.get("/query", params, signal);
    const times = rows.map((row) => Date.parse(String(row["time"]))).filter(Number.isFinite);
    return times.length === 0 ? null : times.reduce((least, ms) => Math.min(least, ms));
  };
  const day = await first(fromMs, nowMs, DAY_MS);
  return day === null ? null : ((await first(day, day + DAY_MS, MINUTE_MS)) ?? day);
}
