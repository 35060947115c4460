import type { ColumnName, FlowsResult, NamedValueName } from "@ngflow/flows";
import type { MarkValues } from "../../filter/predicate.ts";
import { dimensionText, showOf } from "../../format/dimension.ts";
import { exact, withUnit } from "../../format/number.ts";
import { clock, dateClock, flowDuration } from "../../format/time.ts";
import { isIcmp } from "../../filter/icmp.ts";
import { icmpTypeText } from "../../messages/icmp.ts";
import { values as t } from "../../messages/values.ts";

/** A column of the table of raw records. */
export interface FlowTableColumn {
  readonly name: Exclude<ColumnName, "Extra"> | NamedValueName;
  readonly numeric?: boolean;
  /** A click on a value filters by it. */
  readonly mark?: boolean;
}

export const FLOW_COLUMNS: readonly FlowTableColumn[] = [
  { name: "TimeEnd" },
  { name: "TimeStart", numeric: true },
  { name: "Proto", mark: true },
  { name: "SrcAddr", mark: true },
  { name: "SrcPort", mark: true },
  { name: "DstAddr", mark: true },
  { name: "DstPort", mark: true },
  { name: "Packets", numeric: true },
  { name: "Bytes", numeric: true },
  { name: "TcpFlags" },
  { name: "InIf", mark: true },
  { name: "OutIf", mark: true },
  { name: "ExporterAddr", mark: true },
];

/** One cell, ready to show. */
export interface FlowCell {
  readonly name: string;
  readonly text: string;
  /** The whole value, where the text is short for it. */
  readonly title: string | undefined;
  readonly numeric: boolean;
  readonly mark: MarkValues | null;
}

type Row = Readonly<Record<string, string | number>>;

/** The letters of the bits that are set, lowest bit first; empty for none. */
export function flagText(letters: string, bits: number): string {
  return [...letters].filter((_, bit) => (bits >> bit) & 1).join("");
}

/** What an ICMP record has in the place of a destination port. */
function icmpText(row: Row): string {
  const type = row["IcmpType"];
  if (type === undefined) return "";
  const code = row["IcmpCode"] ?? 0;
  return icmpTypeText(String(row["Proto"]), Number(type), Number(code));
}

function textOf(row: Row, name: FlowTableColumn["name"]): { text: string; title?: string } {
  const value = row[name];
  if (value === undefined) return { text: "" };
  if (name === "TimeEnd") {
    const ms = Date.parse(String(value));
    return { text: clock(ms), title: dateClock(ms) };
  }
  if (name === "TimeStart") {
    return {
      text: flowDuration(Math.max(0, Date.parse(String(row["TimeEnd"])) - Date.parse(String(value)))),
      title: t.since(dateClock(Date.parse(String(value)))),
    };
  }
  const show = showOf(name);
  switch (show?.as) {
    case "bytes":
      return { text: withUnit(Number(value), "B"), title: t.exactBytes(exact(Number(value))) };
    case "count":
      return { text: exact(Number(value)) };
    case "flags":
      return { text: row["Proto"] === "tcp" ? flagText(show.letters, Number(value)) : "" };
    case "port":
      if (isIcmp(row)) return { text: name === "DstPort" ? icmpText(row) : "" };
      // Only some protocols have ports.
      return { text: value === 0 ? "" : dimensionText(name, value) };
    default:
      // The column headings In and Out already say that the number is an interface.
      return { text: name === "InIf" || name === "OutIf" ? String(value) : dimensionText(name, value) };
  }
}

/** The cells of one record. */
export function flowCells(
  record: FlowsResult["rows"][number],
  columns: readonly FlowTableColumn[] = FLOW_COLUMNS,
): FlowCell[] {
  // No column of the table is a map.
  const row = record as Row;
  return columns.map(({ name, numeric = false, mark = false }) => {
    const { text, title } = textOf(row, name);
    const shown = name === "DstPort" && isIcmp(row) ? "IcmpType" : name;
    const value = row[shown];
    return {
      name,
      text,
      title,
      numeric,
      mark: mark && value !== undefined && text !== "" ? { [shown]: value } : null,
    };
  });
}
