import { type Ask, readBins, type TimeRange } from "./read-bins.ts";

/** Windows of the first look at most: fewer than one query may have. */
const COARSE_WINDOWS = 1000;

/**
 * From when on windows say something: the store has nothing from before the first flow in a range, and no rule was
 * broken or kept there. The window in which recording began is left out, because only a part of it was recorded.
 * @param range whole windows
 * @returns begin of a window, Unix milliseconds; the end of the range where nothing is stored
 */
export async function recordedFrom(
  ask: Ask,
  { fromMs, toMs }: TimeRange,
  windowMs: number,
  nowMs: number,
  signal?: AbortSignal,
): Promise<number> {
  const look = async (range: TimeRange, stepMs: number): Promise<{ first: number | undefined; endMs: number }> => {
    const spec = { by: [], metric: "flows", filter: "", windowMs: stepMs, time: "flow" } as const;
    const { bins } = await readBins(ask, spec, range, nowMs, signal);
    const first = bins.find(({ groups }) => [...groups.values()].some(({ value }) => value > 0))?.fromMs;
    return { first, endMs: bins.at(-1)?.toMs ?? range.fromMs };
  };
  const coarseMs = windowMs * Math.ceil((toMs - fromMs) / windowMs / COARSE_WINDOWS);
  // Windows of an answer begin at multiples of their length.
  const alignedMs = Math.min(toMs, Math.ceil(fromMs / coarseMs) * coarseMs);
  const head = await look({ fromMs, toMs: alignedMs }, windowMs);
  const coarse = await look({ fromMs: alignedMs, toMs }, coarseMs);
  // What a coarse window has not shown may be in the rest of the range, which is no whole one or is not settled.
  const inMs = coarse.first ?? coarse.endMs;
  const fine = { fromMs: inMs, toMs: coarse.first === undefined ? toMs : inMs + coarseMs };
  const first = head.first ?? (await look(fine, windowMs)).first;
  if (first === undefined) return toMs;
  return first === fromMs ? fromMs : first + windowMs;
}
