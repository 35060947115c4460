import { type ColumnName, COLUMNS } from "@ngflow/flows";

/** Columns that the table shows at first. */
export const USUAL_COLUMNS: readonly ColumnName[] = [
  "TimeEnd",
  "TimeStart",
  "Proto",
  "SrcAddr",
  "SrcPort",
  "DstAddr",
  "DstPort",
  "Bytes",
  "Packets",
  "TcpFlags",
  "InIf",
  "OutIf",
];

/** Columns that can be chosen: all but the map of other fields, which the panel of a record shows. */
export const CHOICES: readonly ColumnName[] = COLUMNS.flatMap(({ name, kind }) => (kind === "map" ? [] : [name]));

/** The columns of the parameter of the address, in its order; the usual ones where it names none. */
export function columnsFrom(text: string | undefined): readonly ColumnName[] {
  const named = (text ?? "").split(",").flatMap((part) => CHOICES.find((name) => name === part) ?? []);
  return named.length === 0 ? USUAL_COLUMNS : [...new Set(named)];
}

/** That parameter; undefined for the usual columns. */
export function columnsText(columns: readonly ColumnName[]): string | undefined {
  const text = columns.join(",");
  return text === USUAL_COLUMNS.join(",") || text === "" ? undefined : text;
}

/** What the records are sorted by. */
export interface Sorting {
  readonly column: ColumnName;
  readonly largestFirst: boolean;
}

/** The sorting of the parameter of the address; null is newest first. */
export function sortingFrom(text: string | undefined): Sorting | null {
  if (text === undefined) return null;
  const column = CHOICES.find((name) => name === text.replace(/^-/, ""));
  return column === undefined ? null : { column, largestFirst: !text.startsWith("-") };
}

/** What a click on the head of a column sorts by: largest first, then smallest, then newest again. */
export function nextSorting(column: ColumnName, now: Sorting | null): string | undefined {
  if (now?.column !== column) return column;
  return now.largestFirst ? `-${column}` : undefined;
}
