import { setTimeout } from "node:timers/promises";
import type { FlowsCost, QueryCost, ReadCost, ReadProgress } from "@ngflow/flows";
import { humanNumber } from "../../output/units.ts";
import { progressLine } from "./progress-line.ts";

/** An answer that is there sooner needs no line. */
const QUICK_MS = 400;

/** How long something takes or took: `under 0.1 s`, `0.4 s`, `12 s`, `3 min`. */
export function secondsText(ms: number): string {
  if (ms < 100) return "under 0.1 s";
  if (ms >= 120_000) return `${Math.round(ms / 60_000)} min`;
  return `${ms >= 9950 ? Math.round(ms / 1000) : (ms / 1000).toFixed(1)} s`;
}

/** What an answer would read, one line for people. */
export function costText(cost: ReadCost | QueryCost | FlowsCost): string {
  const { rows, parts, bytes, aboutMs } = cost;
  const of = parts === 1 ? "1 part" : `${parts} parts`;
  const reads = "endsEarly" in cost && cost.endsEarly ? "reads at most" : "reads";
  return `${reads} ${humanNumber("rows", rows)} rows in ${of}, ${humanNumber("bytes", bytes)} on disk, ${aboutMs < 100 ? "" : "about "}${secondsText(aboutMs)}`;
}

/** How far an answer is, one line for people; with its cost, of which a statement that reads twice knows only half. */
export function progressText({ rows, rowsTotal, elapsedMs }: ReadProgress, cost?: ReadCost): string {
  const read = humanNumber("rows", rows);
  const total = Math.max(rowsTotal ?? 0, cost?.rows ?? 0);
  const about = cost === undefined || cost.aboutMs <= elapsedMs ? "" : ` of about ${secondsText(cost.aboutMs)}`;
  if (total === 0) return `read ${read} rows, ${secondsText(elapsedMs)}${about}`;
  const part = Math.min(99, Math.floor((100 * rows) / total));
  return `read ${read} of ${humanNumber("rows", total)} rows, ${part} %, ${secondsText(elapsedMs)}${about}`;
}

/**
 * Waits for an answer. On a terminal, a long one has a line on standard error: what it reads, then how far it is.
 *
 * @param ask is given what to call with its progress; undefined where nobody sees it
 */
export async function watchAnswer<T>(
  ask: (progress: ((progress: ReadProgress) => void) | undefined) => Promise<T>,
  cost?: () => Promise<ReadCost>,
): Promise<T> {
  if (!process.stderr.isTTY) return ask(undefined);
  const line = progressLine();
  let last: ReadProgress | undefined;
  let known: ReadCost | undefined;
  let isDone = false;
  const show = (text: string): void => {
    if (!isDone) line.show(`ngflow: ${text}`);
  };
  const answer = ask((progress) => {
    last = progress;
    if (progress.elapsedMs >= QUICK_MS) show(progressText(progress, known));
  });
  const estimate = async (): Promise<void> => {
    await setTimeout(QUICK_MS, undefined, { ref: false });
    if (isDone || cost === undefined) return;
    known = await cost().catch(() => undefined);
    if (known !== undefined && last === undefined) show(costText(known));
  };
  void estimate();
  try {
    return await answer;
  } finally {
    isDone = true;
    line.end();
  }
}
