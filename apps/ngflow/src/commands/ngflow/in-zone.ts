import { isoTimeIn, zoneByName } from "@ngflow/flows";
import type { Row } from "../../output/format.ts";

/** Columns of times: those of flows, the bins of a series, days, and the least and greatest time. */
const IS_TIME = /^(time|Day)$|^(min:|max:)?Time(Start|End|Received)$/;

interface Answer {
  readonly from: string;
  readonly to: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly previous?: { readonly from: string; readonly to: string } | undefined;
}

/** An answer whose times are those of a zone, with their offset. Without a zone they stay UTC. */
export function inZone<A extends Answer>(answer: A, zone: string | undefined): A {
  const name = zone === undefined ? undefined : zoneByName(zone);
  if (name === undefined || name === "UTC") return answer;
  const shown = (time: string): string => isoTimeIn(name, Date.parse(time));
  const range = <R extends { readonly from: string; readonly to: string }>(of: R): R => ({
    ...of,
    from: shown(of.from),
    to: shown(of.to),
  });
  return {
    ...range(answer),
    ...(answer.previous === undefined ? {} : { previous: range(answer.previous) }),
    rows: rowsInZone(answer.rows, answer.columns, name),
  };
}

/** Rows whose times are those of a zone. */
export function rowsInZone(rows: readonly Row[], columns: readonly string[], zone: string | undefined): readonly Row[] {
  const name = zone === undefined ? undefined : zoneByName(zone);
  const times = columns.filter((column) => IS_TIME.test(column));
  if (name === undefined || name === "UTC" || times.length === 0) return rows;
  const cell = (value: Row[string] | undefined) =>
    typeof value === "string" ? isoTimeIn(name, Date.parse(value)) : (value ?? null);
  return rows.map((row) => ({ ...row, ...Object.fromEntries(times.map((column) => [column, cell(row[column])])) }));
}
