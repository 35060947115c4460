import { joinLostOf, type LostOf } from "./by-exporter.ts";
import { isoTime } from "../query/display.ts";

/** What a loss is counted in. */
export type LossUnit = "packets" | "datagrams" | "flows" | "sets";

/** Where flows get lost, and what is counted there. The text is the object of "N …", in English. */
export const LOSS_REASONS = {
  "ring-full": { unit: "packets", text: "packets dropped because the ring of the capture was full" },
  "receive-buffer-full": { unit: "datagrams", text: "datagrams dropped because the receive buffer was full" },
  "source-over-share": { unit: "datagrams", text: "datagrams dropped because their source had more than its share" },
  "sequence-gap": { unit: "flows", text: "flows lost before they arrived, by the sequence numbers of their exporters" },
  "exporter-over-limit": { unit: "flows", text: "flows over the share or the rate of their exporter" },
  "template-absent": { unit: "sets", text: "sets dropped because their template did not come" },
  "template-awaited": { unit: "sets", text: "sets held until their template comes" },
  "spool-full": { unit: "flows", text: "flows refused because the spool was full" },
  "not-written": { unit: "flows", text: "flows that could not be written when the collector ended" },
  "collector-down": { unit: "flows", text: "flows that nobody received: no collector was running" },
} as const satisfies Readonly<Record<string, { readonly unit: LossUnit; readonly text: string }>>;

/** Why something is missing: a key of `LOSS_REASONS`. */
export type LossReason = keyof typeof LOSS_REASONS;

/** What is known to be lost of a span of time, half-open, Unix milliseconds. */
export interface Loss {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: LossReason;
  /** In the unit of the reason; null where nobody counted. */
  readonly count: number | null;
  /** The exporters whose loss it is, those that lost most; absent where that is not known. */
  readonly by?: readonly LostOf[] | undefined;
}

/** What an answer lacks in one of its bins, or in its whole range if it is no time series. */
export interface LostInBin {
  /** Start of the bin, or of the range, ISO 8601 UTC. */
  readonly time: string;
  readonly reason: LossReason;
  readonly unit: LossUnit;
  /** Null where nobody counted. A count is of everything that the store takes in, whatever the filter. */
  readonly count: number | null;
  /** The exporters whose loss it is, at most MAX_LOST_OF, those that lost most first; absent where nobody knows. */
  readonly by?: readonly LostOf[] | undefined;
}

/** Most exporters that an answer tells apart. */
export const MAX_UNDER_WAY = 20;

/** How far an answer is to be trusted: part of every answer about flows, as `completeness`. */
export interface Completeness {
  /**
   * ISO 8601 UTC. Losses of before were not watched: nothing is known of them. Null where they never were, as in a data
   * directory that only imports filled.
   */
  readonly watchedFrom: string | null;
  /** ISO 8601 UTC: the last look. Nothing is known of losses after it; null with `watchedFrom`. */
  readonly watchedTo: string | null;
  /** Flows that end later may still be under way, ISO 8601 UTC; null where no exporter has sent lately. */
  readonly underWayFrom: string | null;
  /** Address of the exporter whose flows take longest, by the newest ones; null with `underWayFrom`. */
  readonly underWayBy: string | null;
  /**
   * The same of each exporter that has sent lately, those that take longest first, at most MAX_UNDER_WAY. An answer
   * about some exporters is settled when theirs are.
   */
  readonly underWay: readonly { readonly exporter: string; readonly from: string }[];
  /** Known losses, in order of time. A bin without an entry has no known loss if it is watched. */
  readonly lost: readonly LostInBin[];
}

/** The range of an answer. */
export interface LossRange {
  readonly fromMs: number;
  readonly toMs: number;
  /** Width of the bins; null without a time series. */
  readonly stepMs: number | null;
}

/**
 * Losses of a range by bin and reason. A count belongs to the bin in which its span ends: that is when it was noticed.
 * A span in which nobody counted is in every bin that it touches.
 */
export function lossesIn(losses: Iterable<Loss>, { fromMs, toMs, stepMs }: LossRange): LostInBin[] {
  const binOf = (ms: number): number => (stepMs === null ? fromMs : Math.floor(ms / stepMs) * stepMs);
  const found = new Map<string, Pick<Loss, "reason" | "count" | "by"> & { readonly binMs: number }>();
  const add = (binMs: number, reason: LossReason, count: number | null, by?: readonly LostOf[]): void => {
    const key = `${binMs} ${reason}`;
    const before = found.get(key);
    const sum = before === undefined ? count : before.count === null || count === null ? null : before.count + count;
    found.set(key, { binMs, reason, count: sum, by: joinLostOf(before?.by, by) });
  };
  for (const { fromMs: start, toMs: end, reason, count, by } of losses) {
    if (end <= fromMs || start >= toMs) continue;
    const last = Math.min(Math.max(end, start + 1), toMs) - 1;
    if (count !== null) {
      if (end <= toMs) add(binOf(last), reason, count, by);
      continue;
    }
    for (let binMs = binOf(Math.max(start, fromMs)); binMs <= last; binMs += stepMs ?? toMs - fromMs)
      add(binMs, reason, null);
  }
  return [...found.values()]
    .sort((a, b) => a.binMs - b.binMs || (a.reason < b.reason ? -1 : 1))
    .map(({ binMs, reason, count, by }) => ({
      time: new Date(binMs).toISOString(),
      reason,
      unit: LOSS_REASONS[reason].unit,
      count,
      ...(by && { by }),
    }));
}

/** Until when the flows of an exporter are all in. */
export interface Unsettled {
  /** Unix milliseconds: flows that end later may still be under way. */
  readonly fromMs: number;
  /** Its address. */
  readonly exporter: string;
}

/** What is known of losses and of flows under way. */
export interface KnownLosses {
  /** First and last look, Unix milliseconds; null where nobody watched. */
  readonly watched: { readonly fromMs: number; readonly toMs: number } | null;
  readonly losses: Iterable<Loss>;
  /** Of each exporter that sent lately, those whose flows take longest first. */
  readonly unsettled: readonly Unsettled[];
}

/** What an answer about flows shows of its range; `step` in seconds. */
export interface AnswerRange {
  readonly from: string;
  readonly to: string;
  readonly step?: number | null;
}

/** What the answer of a range lacks. */
export function completenessOf(
  { from, to, step = null }: AnswerRange,
  { watched, losses, unsettled }: KnownLosses,
): Completeness {
  const range = { fromMs: Date.parse(from), toMs: Date.parse(to), stepMs: step === null ? null : step * 1000 };
  const underWay = unsettled.map(({ exporter, fromMs }) => ({ exporter, from: isoTime(fromMs) }));
  return {
    watchedFrom: watched && isoTime(watched.fromMs),
    watchedTo: watched && isoTime(watched.toMs),
    underWayFrom: underWay[0]?.from ?? null,
    underWayBy: underWay[0]?.exporter ?? null,
    underWay: underWay.slice(0, MAX_UNDER_WAY),
    lost: lossesIn(losses, range),
  };
}
