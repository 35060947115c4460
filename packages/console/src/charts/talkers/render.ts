import type { QueryResult } from "@ngflow/server/client";
import { factorOf, type Unit, UNITS, unitText } from "../units.ts";
import { traffic as t } from "../../messages/traffic.ts";
import { dimensionText } from "../../format/dimension.ts";
import { percent } from "../../format/number.ts";
import { keepOthers, keepMark, type MarkValues } from "../../filter/predicate.ts";

/** One row of the ranking. */
export interface TalkerRow {
  readonly key: string;
  /** One text per dimension; a single one for the others. */
  readonly cells: readonly string[];
  /** The values of the dimensions. */
  readonly values: MarkValues;
  readonly others: boolean;
  /** What a click adds to the filter; null when nothing would change. */
  readonly term: string | null;
  readonly value: string;
  readonly share: string;
  /** Length of the bar: the share, 0 to 1. */
  readonly bar: number;
}

/** Totals over `seconds` as rows, largest first, the others last. Shares are of the sum of all rows. */
export function talkerRows(result: QueryResult, seconds: number, by: readonly string[], unit: Unit): TalkerRow[] {
  const rows = result.rows.map((row) => {
    const mark: MarkValues = Object.fromEntries(by.map((name) => [name, row[name] ?? null]));
    return {
      mark,
      others: by.every((name) => mark[name] === null),
      value: Number(row[UNITS[unit].sum] ?? 0) * factorOf({ unit }, seconds * 1000),
    };
  });
  const sum = rows.reduce((total, { value }) => total + value, 0);
  const marks = rows.filter(({ others }) => !others).map(({ mark }) => mark);
  rows.sort((a, b) => Number(a.others) - Number(b.others) || b.value - a.value);
  return rows
    .filter(({ value }) => value > 0)
    .map(({ mark, others, value }) => ({
      key: others ? "others" : by.map((name) => String(mark[name])).join("\n"),
      cells: others ? [t.others] : by.map((name) => dimensionText(name, mark[name], mark)),
      values: mark,
      others,
      term: others ? keepOthers(marks) : keepMark(mark),
      value: unitText(unit, value),
      share: percent(value, sum),
      bar: sum > 0 ? value / sum : 0,
    }));
}
