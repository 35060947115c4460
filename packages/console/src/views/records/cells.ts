import { COLUMNS, type FlowColumn, NAMED } from "@ngflow/flows";
import { type FlowCell, flowCells, type FlowTableColumn } from "../../charts/flows/render.ts";
import { columnLabel } from "../../format/dimension.ts";
import { dateClock } from "../../format/time.ts";
import { say } from "../../messages/catalogue.ts";
import type { ShownColumn } from "./columns.ts";
import type { FlowRecord } from "./paging.ts";

const FACTS: ReadonlyMap<string, FlowColumn> = new Map(COLUMNS.map((column) => [column.name, column]));
/** Values that say that nothing was recorded, or that there is none. */
const EMPTY: ReadonlySet<string> = new Set(["", "0", "0.0.0.0", "::", "00:00:00:00:00:00", "none", "unknown"]);
/** Heads of columns that show something else than the column's own label says, or are long. */
const HEADS: Readonly<Record<string, { readonly en: string; readonly ja: string }>> = {
  TimeEnd: { en: "Time", ja: "時刻" },
  TimeStart: { en: "Duration", ja: "継続時間" },
  InIf: { en: "In", ja: "入力" },
  OutIf: { en: "Out", ja: "出力" },
};

/** The head of a column of the table. */
export function headOf(name: string): string {
  const head = HEADS[name];
  return head ? say(head) : columnLabel(name);
}

/** How the table shows a column: numbers are on the right, and values of dimensions can be filtered by. */
function tableColumn(name: ShownColumn): FlowTableColumn {
  const facts = FACTS.get(name);
  if (facts === undefined) return { name: name as FlowTableColumn["name"], mark: true };
  const { role, kind } = facts;
  const numeric = role === "counter" || name === "TimeStart";
  return {
    name: name as FlowTableColumn["name"],
    numeric,
    mark: role === "dimension" || kind === "ip" || kind === "mac",
  };
}

/** The cells of a record in the table. */
export function tableCells(row: FlowRecord, columns: readonly ShownColumn[]): FlowCell[] {
  return flowCells(row, columns.map(tableColumn));
}

export function isNumeric(name: ShownColumn): boolean {
  return tableColumn(name).numeric === true;
}

/** Every column of a record as a panel shows it, those with a value first. */
export function panelCells(row: FlowRecord): { readonly filled: FlowCell[]; readonly empty: FlowCell[] } {
  const names = [
    ...COLUMNS.flatMap(({ name, kind }) => (kind === "map" ? [] : [name])),
    ...NAMED.map(({ name }) => name),
  ];
  const cells = tableCells(row, names).map((cell): FlowCell => {
    const value = String(row[cell.name] ?? "");
    if (FACTS.get(cell.name)?.kind === "ms") return { ...cell, text: dateClock(Date.parse(value)), title: value };
    return cell.text === "" ? { ...cell, text: value } : cell;
  });
  const isEmpty = ({ name }: FlowCell): boolean => EMPTY.has(String(row[name] ?? ""));
  return { filled: cells.filter((cell) => !isEmpty(cell)), empty: cells.filter(isEmpty) };
}
