import { type ColumnName, COLUMNS, NAMED, type NamedValueName } from "@ngflow/flows";

/** A column of the table: of the store, or the name of one. */
export type ShownColumn = ColumnName | NamedValueName;

/** Columns that the table shows at first. */
export const USUAL_COLUMNS: readonly ShownColumn[] = [
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

/** Columns that records can be sorted by: all but the map of other fields, which the panel of a record shows. */
const SORTABLE: readonly ColumnName[] = COLUMNS.flatMap(({ name, kind }) => (kind === "map" ? [] : [name]));

/** Columns that can be chosen: those, and names. */
export const CHOICES: readonly ShownColumn[] = [...SORTABLE, ...NAMED.map(({ name }) => name)];

/** The columns of the parameter of the address, in its order; the usual ones where it names none. */
export function columnsFrom(text: string | undefined): readonly ShownColumn[] {
  const named = (text ?? "").split(",").flatMap((part) => CHOICES.find((name) => name === part) ?? []);
  return named.length === 0 ? USUAL_COLUMNS : [...new Set(named)];
}

/** That parameter; undefined for the usual columns. */
export function columnsText(columns: readonly ShownColumn[]): string | undefined {
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
  const column = SORTABLE.find((name) => name === text.replace(/^-/, ""));
  return column === undefined ? null : { column, largestFirst: !text.startsWith("-") };
}

/** Whether records can be sorted by a column. */
export function isSortable(column: ShownColumn): column is ColumnName {
  return SORTABLE.some((name) => name === column);
}

/** What a click on the head of a column sorts by: largest first, then smallest, then newest again. */
export function nextSorting(column: ColumnName, now: Sorting | null): string | undefined {
  if (now?.column !== column) return column;
  return now.largestFirst ? `-${column}` : undefined;
}
