import type { Row } from "./format.ts";
import type { NameOf } from "./known-names.ts";
import { formatTable, formatValues } from "./table.ts";

/** A time of an answer, to the second: day, time, and offset. */
const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * A table for people that is not wider than their terminal: as it is, with short times, without names, or, if it has
 * too many columns, with a line for each value of a row.
 */
export function fitTable(columns: readonly string[], rows: readonly Row[], nameOf: NameOf | undefined, width: number) {
  const short = shortTimes(columns, rows);
  const forms = [
    () => formatTable(columns, rows, { human: true, nameOf }),
    () => formatTable(columns, short, { human: true, nameOf }),
    () => formatTable(columns, short, { human: true }),
  ];
  for (const form of forms) {
    const table = form();
    if (rows.length === 0 || widest(table) <= width) return table;
  }
  return rows.map((row) => formatValues(columns, row)).join("\n");
}

function widest(table: string): number {
  return Math.max(...table.split("\n").map((line) => line.length));
}

/** Times without their day where it is the same in the whole column, and without fractions. */
function shortTimes(columns: readonly string[], rows: readonly Row[]): readonly Row[] {
  const texts = new Map<string, Map<string, string>>();
  for (const column of columns) {
    const times = rows.flatMap((row) => (typeof row[column] === "string" ? [TIME.exec(row[column])] : []));
    if (times.length === 0 || times.includes(null)) continue;
    const isOneDay = new Set(times.map((time) => time![1]! + time![3]!)).size === 1;
    texts.set(
      column,
      new Map(times.map((time) => [time![0], isOneDay ? time![2]! : `${time![1]!}T${time![2]!}${time![3]!}`])),
    );
  }
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, texts.get(name)?.get(String(cell)) ?? cell])),
  );
}
