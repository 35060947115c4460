import type { LossReason } from "@ngflow/flows";
import type { Ask, Bin, GroupValues, TimeRange } from "./read-bins.ts";

/**
 * What a window says of a group. `between`: it does not fire and does not end (hysteresis). `unknown`: the window says
 * nothing, because nothing was received or there is nothing to compare with: everything stays as it is.
 */
export type Verdict = "breach" | "between" | "clear" | "unknown";

/** A verdict with its numbers. */
export interface Finding {
  readonly values: GroupValues;
  readonly verdict: Verdict;
  /** What was measured, in the unit of the rule; null where there is no number. */
  readonly value: number | null;
  /** What it is compared with; null where there is nothing. */
  readonly reference: number | null;
}

/** What one window says. */
export interface JudgedBin extends TimeRange {
  /** The groups that fire. */
  readonly breaches: ReadonlyMap<string, Finding>;
  /** What the window says of any group: of one that is pending or fires. */
  of(key: string, values: GroupValues): Finding;
  /** Reasons of known losses in the window. */
  readonly lost: readonly LossReason[];
  /** There were more groups than are looked at. */
  readonly cut: boolean;
}

export interface JudgedBins {
  readonly bins: readonly JudgedBin[];
  /** Until when windows are settled, Unix milliseconds. */
  readonly settledMs: number;
  /** Why windows said nothing, in words; null if they did. */
  readonly waitsFor: string | null;
}

/** What a judge asks with. */
export interface JudgeDeps {
  readonly ask: Ask;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

/** Judges the windows of one rule, one range after the other. */
export interface Judge {
  judge(range: TimeRange, signal?: AbortSignal): Promise<JudgedBins>;
}

/** The parts of a judged window that come from the window alone. */
export function facts({ fromMs, toMs, lost, cut }: Bin): Pick<JudgedBin, "fromMs" | "toMs" | "lost" | "cut"> {
  return { fromMs, toMs, lost: [...new Set(lost.map(({ reason }) => reason))], cut };
}

/** Bounds on a value: what fires, and what ends. */
export interface Bounds {
  readonly above?: number | undefined;
  readonly below?: number | undefined;
  readonly clearBelow?: number | undefined;
  readonly clearAbove?: number | undefined;
}

/** The verdict of a value. */
export function verdictOf(value: number, { above, below, clearBelow, clearAbove }: Bounds): Verdict {
  if (above !== undefined) return value > above ? "breach" : value <= (clearBelow ?? above) ? "clear" : "between";
  if (below !== undefined) return value < below ? "breach" : value >= (clearAbove ?? below) ? "clear" : "between";
  return "unknown";
}
