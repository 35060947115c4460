import type { QueryResult } from "@ngflow/flows";
import { printText } from "../../output/print-text.ts";
import { lossText, underWayText } from "./completeness-text.ts";

/** Says on standard error what an answer lacks; on a terminal also from when on flows may still be under way. */
export function hintIncomplete({ to, completeness, unsettledFrom }: QueryResult): void {
  if (completeness === undefined) return;
  const lost = lossText(completeness);
  if (lost !== undefined) printText(process.stderr, `ngflow: incomplete: ${lost}\n`);
  // Of this machine's exporter it is known, and said already.
  if (unsettledFrom !== undefined || !process.stderr.isTTY) return;
  const underWay = underWayText(completeness, Date.parse(to));
  if (underWay !== undefined) printText(process.stderr, `ngflow: ${underWay}\n`);
}
