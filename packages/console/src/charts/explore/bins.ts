import type { ApiParams } from "@ngflow/server/client";
import type { Round } from "../../state/round.ts";
import type { Span } from "../../state/span.ts";
import { askCost } from "../ask-cost.ts";
import type { Get } from "../chart.ts";
import { HOUR_MS, hours } from "./heatmap.ts";

/** Widths of bins to choose from, in seconds; auto is as many as a chart is wide, or hours where those are read. */
export const BIN_SECONDS = [60, 120, 300, 600, 900, 1800, 3600, 10_800, 21_600, 86_400] as const;
/** Most bins of a chart whose width was chosen. */
export const MOST_CHOSEN = 1500;
/** A shorter range has too few hours. */
const FROM_MS = 6 * HOUR_MS;
/** An answer that takes longer is worth asking for hours first, if those take so many times less. */
const SLOW_MS = 3000;
const TIMES_LESS = 4;

/** What finer bins would have cost, where hours were taken instead. */
export interface FinerBins {
  readonly stepMs: number;
  readonly rows: number;
  readonly aboutMs: number;
}

/** The bins of a series, and what finer ones would have cost. */
export interface Bins {
  readonly span: Span;
  readonly finer: FinerBins | null;
}

/** Whether a chart of a range has room for bins of a width. */
export function hasRoom({ from, to }: Pick<Span, "from" | "to">, seconds: number): boolean {
  const bins = (to - from) / (1000 * seconds);
  return bins >= 2 && bins <= MOST_CHOSEN;
}

/**
 * The bins that were chosen, or as many as the chart is wide; hours instead, where those have sums and the flows of
 * finer ones would take seconds to read.
 */
export async function binsOf(
  round: Round,
  chosen: number | null,
  params: Omit<ApiParams<"/cost">, "from" | "to" | "step">,
  get: Get,
): Promise<Bins> {
  const { span } = round;
  if (chosen !== null && hasRoom(span, chosen)) return { span: whole(span, 1000 * chosen), finer: null };
  if (span.stepMs >= HOUR_MS || span.to - span.from < FROM_MS) return { span, finer: null };
  const costOf = (of: Span) => askCost(get, { ...params, from: of.from, to: of.to, step: of.stepMs / 1000 });
  const fine = await costOf(span);
  if (fine === null || fine.aboutMs < SLOW_MS) return { span, finer: null };
  const wide = hours(span);
  const less = await costOf(wide);
  if (less === null || TIMES_LESS * less.aboutMs > fine.aboutMs) return { span, finer: null };
  return { span: wide, finer: { stepMs: span.stepMs, rows: fine.rows, aboutMs: fine.aboutMs } };
}

function whole({ from, to }: Span, stepMs: number): Span {
  return { from: Math.floor(from / stepMs) * stepMs, to: Math.ceil(to / stepMs) * stepMs, stepMs };
}
