import { CompareError } from "./errors.ts";

/** First and last packet of what one side has, Unix milliseconds. */
export interface Span {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The time that is compared: flows that are in it as a whole. */
export interface CommonRange {
  readonly fromMs: number;
  readonly toMs: number;
  /** Both begin, or end, with the same flow; nothing has to be cut there. */
  readonly sameStart: boolean;
  readonly sameEnd: boolean;
}

/**
 * The time for which both have every flow. Where one of them began later, flows of the time before are only in the
 * other: it begins a margin after that, which is longer than a flow lasts and waits for its export; likewise at the
 * end. Cut ends are whole seconds, as nfdump takes them.
 *
 * @throws CompareError `compare-range` when nothing is left.
 */
export function commonRange(ours: Span, theirs: Span, marginMs: number, given: Partial<Span> = {}): CommonRange {
  const sameStart = given.firstMs === undefined && ours.firstMs === theirs.firstMs;
  const sameEnd = given.lastMs === undefined && ours.lastMs === theirs.lastMs;
  const second = (ms: number, round: (n: number) => number): number => round(ms / 1000) * 1000;
  const later = Math.max(ours.firstMs, theirs.firstMs) + marginMs;
  const earlier = Math.min(ours.lastMs, theirs.lastMs) - marginMs;
  const fromMs = sameStart ? ours.firstMs : second(given.firstMs ?? later, Math.ceil);
  const toMs = sameEnd ? ours.lastMs : second(given.lastMs ?? earlier, Math.floor);
  if (fromMs <= toMs) return { fromMs, toMs, sameStart, sameEnd };
  const text = (ms: number): string => new Date(ms).toISOString();
  throw new CompareError(
    "compare-range",
    `compare: the store has flows from ${text(ours.firstMs)} to ${text(ours.lastMs)}, nfcapd's files from` +
      ` ${text(theirs.firstMs)} to ${text(theirs.lastMs)}; without ${marginMs / 1000} s at each end that is cut, no time is left` +
      " in common; choose a smaller --margin, or --from and --to",
  );
}
