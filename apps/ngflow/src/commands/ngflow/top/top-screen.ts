import { terminalWord } from "@ngflow/base";
import type { QueryResult } from "@ngflow/flows";
import { formatTable } from "../../../output/table.ts";

/** What the screen shows. */
export interface TopView {
  /** The last answer; null before the first. */
  readonly answer: QueryResult | null;
  /** Why the last question had no answer; the one before is still shown. */
  readonly problem: string | null;
  readonly filter: string;
  readonly metric: string;
  readonly by: readonly string[];
  readonly isPaused: boolean;
}

const KEYS = "q quit  s metric  b columns  space pause";

/** The lines of the screen: at most `height`, none wider than `width`. */
export function topScreen(view: TopView, width: number, height: number): string[] {
  const { answer, problem, filter, isPaused } = view;
  const range =
    answer === null
      ? "waiting for the first answer"
      : `${time(answer.from)} to ${time(answer.to)} ${zoneOf(answer.from)}`;
  const what = `${view.metric} by ${view.by.join(", ")}`;
  const lines = [
    `ngflow top  ${what}  ${range}${isPaused ? "  (paused)" : ""}`,
    filter === "" ? KEYS : `${KEYS}  filter: ${filter}`,
    problem === null ? "" : `! ${problem}`,
  ];
  if (answer !== null) {
    const table =
      answer.rows.length === 0 ? "no flows in this range\n" : formatTable(answer.columns, answer.rows, { human: true });
    lines.push(...table.trimEnd().split("\n"));
  }
  return lines.slice(0, height).map((line) => terminalWord(line).slice(0, width));
}

/** `UTC`, or how far the zone of a time is from it. */
function zoneOf(iso: string): string {
  return iso.endsWith("Z") ? "UTC" : `UTC${iso.slice(-6)}`;
}

function time(iso: string): string {
  return iso.slice(11, 19);
}
