import type { QueryResult } from "@ngflow/server/client";
import { type MarkValues, keepMark } from "../../filter/predicate.ts";
import { dimensionText } from "../../format/dimension.ts";
import { metricValue } from "../../format/number.ts";
import { factorOf } from "../units.ts";
import { summaryChart } from "./chart.ts";

/** A row of a small ranking. */
export interface RankedRow {
  readonly label: string;
  readonly values: MarkValues;
  readonly value: string;
  /** Share of everything, 0 to 1. */
  readonly share: number;
  readonly term: string | null;
}

/**
 * The largest groups of a ranking without the others, as mean bits per second over `seconds`. Its last column names the
 * group.
 */
export function rankedRows(result: QueryResult, by: string, seconds: number): RankedRow[] {
  const columns = by.split(",");
  const named = columns.at(-1)!;
  const sum = result.rows.reduce((all, row) => all + Number(row["bytes"] ?? 0), 0);
  return result.rows
    .filter((row) => (row[named] ?? null) !== null && Number(row["bytes"]) > 0)
    .slice(0, summaryChart.options.top)
    .map((row) => {
      const mark: MarkValues = Object.fromEntries(columns.map((name) => [name, row[name] ?? null]));
      const bytes = Number(row["bytes"]);
      return {
        // The head says that the number is an interface.
        label: named === "InIf" ? String(row[named]) : dimensionText(named, row[named]),
        values: mark,
        value: metricValue("bps", bytes * factorOf({ unit: "bps" }, seconds * 1000)),
        share: bytes / sum,
        term: keepMark(mark),
      };
    });
}
