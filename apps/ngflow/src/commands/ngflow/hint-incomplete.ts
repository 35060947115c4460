import type { QueryResult } from "@ngflow/flows";
import { printText } from "../../output/print-text.ts";
import { lossText, underWayText } from "./completeness-text.ts";

/** That what was asked is not recorded before a time. */
export function notRecordedText(from: string, to: string): string {
  const none = from >= to ? "; the range has none of it" : "";
  return `not recorded before ${from}: older flows or addresses were removed, only totals are left${none}`;
}

/** Days that are named; of more, their number. */
const DAYS = 5;

/** That rows of some days cannot be read. */
export function damagedText(days: readonly string[]): string {
  const more = days.length > DAYS ? ` and ${days.length - DAYS} more days` : "";
  return `incomplete: damaged rows of ${days.slice(0, DAYS).join(", ")}${more} are missing; see "ngflow store verify"`;
}

/** What an answer lacks, of a query or of a request for records. */
type Lacks = Pick<QueryResult, "to" | "completeness" | "recordedFrom" | "missing" | "unsettledFrom" | "previous">;

/** Says on standard error what an answer lacks; on a terminal also from when on flows may still be under way. */
export function hintIncomplete({ to, completeness, unsettledFrom, recordedFrom, missing, previous }: Lacks): void {
  if (recordedFrom !== undefined) printText(process.stderr, `ngflow: ${notRecordedText(recordedFrom, to)}\n`);
  if (previous?.recordedFrom !== undefined)
    printText(process.stderr, `ngflow: the previous range: ${notRecordedText(previous.recordedFrom, previous.to)}\n`);
  if (missing !== undefined) printText(process.stderr, `ngflow: ${damagedText(missing)}\n`);
  if (completeness === undefined) return;
  const lost = lossText(completeness);
  if (lost !== undefined) printText(process.stderr, `ngflow: incomplete: ${lost}\n`);
  // Of this machine's exporter it is known, and said already.
  if (unsettledFrom !== undefined || !process.stderr.isTTY) return;
  const underWay = underWayText(completeness, Date.parse(to));
  if (underWay !== undefined) printText(process.stderr, `ngflow: ${underWay}\n`);
}
