import type { QueryResult } from "@ngflow/server/client";
import { type MarkValues, keepMark } from "../../filter/predicate.ts";
import { dimensionText } from "../../format/dimension.ts";
import { metricValue } from "../../format/number.ts";
import { metricOfSum } from "../summed.ts";

/** A row of a small ranking. */
export interface RankedRow {
  readonly label: string;
  readonly value: string;
  /** Share of everything, 0 to 1. */
  readonly share: number;
  readonly term: string | null;
}

/** The groups of a ranking without the others, as mean bits per second over `seconds`. */
export function rankedRows(result: QueryResult, by: string, seconds: number): RankedRow[] {
  const sum = result.rows.reduce((all, row) => all + Number(row["bytes"] ?? 0), 0);
  return result.rows
    .filter((row) => (row[by] ?? null) !== null && Number(row["bytes"]) > 0)
    .map((row) => {
      const mark: MarkValues = { [by]: row[by] ?? null };
      const bytes = Number(row["bytes"]);
      return {
        label: dimensionText(by, row[by]),
        value: metricValue("bps", metricOfSum("bps", bytes, seconds)),
        share: bytes / sum,
        term: keepMark(mark),
      };
    });
}
