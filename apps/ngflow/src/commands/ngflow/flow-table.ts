import { terminalWord } from "@ngflow/base";
import type { Row } from "../../output/format.ts";
import type { NameOf } from "../../output/known-names.ts";
import { formatTable, type TableOptions } from "../../output/table.ts";

/** Columns of a table of flows; a wide one also has Extra, the other formats every column. */
export const FLOW_COLUMNS: readonly string[] = [
  "TimeStart",
  "TimeEnd",
  "Proto",
  "SrcAddr",
  "SrcPort",
  "DstAddr",
  "DstPort",
  "Packets",
  "Bytes",
];
/** Names that exporters sent: those of which a row has one come after the columns. */
const NAMES = ["ExporterName", "InIfName", "OutIfName"];

/** How the ends of a flow are shown: four columns, two with the ports behind the addresses, or one above the other. */
type Ends = "columns" | "joined" | "stacked";

/** A way to show flows: columns that are left out, whether times are those of the day, whether names are shown. */
interface Form {
  readonly without: readonly string[];
  readonly shortTimes: boolean;
  readonly names: boolean;
  readonly ends?: Ends;
}

/** From the widest to the narrowest. */
const FORMS: readonly [Form, ...Form[]] = [
  { without: [], shortTimes: false, names: true },
  { without: ["TimeEnd"], shortTimes: false, names: true },
  { without: ["TimeEnd"], shortTimes: true, names: true },
  { without: [], shortTimes: false, names: false },
  { without: ["TimeEnd"], shortTimes: false, names: false },
  { without: ["TimeEnd"], shortTimes: true, names: false },
  { without: ["TimeEnd", "Packets"], shortTimes: true, names: false },
  { without: ["TimeEnd", "Packets"], shortTimes: true, names: false, ends: "joined" },
  { without: ["TimeEnd", "Packets"], shortTimes: true, names: false, ends: "stacked" },
];

/** Columns of the ends where ports are behind the addresses. */
const SRC = "SrcAddr:Port";
const DST = "DstAddr:Port";
const BOTH = "SrcAddr:Port > DstAddr:Port";
const COLUMNS_OF_ENDS: Readonly<Record<Ends, readonly string[]>> = {
  columns: ["SrcAddr", "SrcPort", "DstAddr", "DstPort"],
  joined: [SRC, DST],
  stacked: [BOTH],
};

/** Flows as a table, and the columns that did not fit. */
export interface FlowTable {
  readonly text: string;
  readonly omitted: readonly string[];
}

export interface FlowTableOptions extends TableOptions {
  /** Columns of the terminal. Absent: the table has the width that it needs. */
  readonly width?: number;
  /** Adds the fields that no column has. */
  readonly wide?: boolean;
}

/**
 * A printer of flows. The first rows decide which form fits; later ones have the same columns. If no form fits, the
 * narrowest is used: addresses are never cut.
 */
export function flowTables({
  human,
  width = Infinity,
  wide = false,
}: FlowTableOptions): (rows: readonly Row[], nameOf?: NameOf) => FlowTable {
  let chosen: Form | undefined;
  let named: readonly string[] = [];
  // Names next to values are shown where there is room; they take none of the columns.
  let beside = true;
  return (rows, nameOf) => {
    let text = "";
    if (chosen === undefined) named = NAMES.filter((name) => rows.some((row) => (row[name] ?? "") !== ""));
    const tries = FORMS.flatMap((form) =>
      (nameOf === undefined ? [false] : [true, false]).map((isNamed) => ({ form, isNamed })),
    );
    for (const { form, isNamed } of chosen === undefined ? tries : [{ form: chosen, isNamed: beside }]) {
      text = inForm(form, rows, form.names ? named : [], { human, nameOf: isNamed ? nameOf : undefined }, wide);
      if (chosen === undefined && ((form === FORMS.at(-1) && !isNamed) || fits(text, width))) {
        chosen = form;
        beside = isNamed;
        break;
      }
    }
    return { text, omitted: [...(chosen?.without ?? []), ...(chosen?.names === false ? named : [])] };
  };
}

function fits(text: string, width: number): boolean {
  return text.split("\n").every((line) => line.length <= width);
}

function inForm(
  { without, shortTimes, ends = "columns" }: Form,
  rows: readonly Row[],
  names: readonly string[],
  options: TableOptions,
  wide: boolean,
): string {
  const own = FLOW_COLUMNS.filter((column) => !without.includes(column));
  const at = own.indexOf("SrcAddr");
  const isEnd = (column: string): boolean => COLUMNS_OF_ENDS.columns.includes(column);
  const others = own.slice(at).filter((column) => !isEnd(column));
  const columns = [...own.slice(0, at), ...COLUMNS_OF_ENDS[ends], ...others, ...names, ...(wide ? ["Extra"] : [])];
  // Rows of which none has a name lack its column.
  const noNames = Object.fromEntries(names.map((name) => [name, ""]));
  const timed = (shortTimes ? withShortTimes(rows) : rows).map((row) => ({ ...noNames, ...row }));
  if (ends === "columns") return formatTable(columns, timed, options);
  const shown = timed.map((row) => ({ ...row, [SRC]: endOf(row, "Src"), [DST]: endOf(row, "Dst") }));
  if (ends === "joined") return formatTable(columns, shown, options);
  const table = formatTable(
    columns,
    shown.map((row) => ({ ...row, [BOTH]: row[SRC] })),
    options,
  );
  const [heading = "", ...lines] = table.split("\n");
  const indent = " ".repeat(heading.indexOf(BOTH));
  return [heading, ...shown.flatMap((row, i) => [lines[i]!, `${indent}> ${row[DST]}`]), ""].join("\n");
}

/** `192.0.2.1:443`, `[2001:db8::1]:443`. */
function endOf(row: Row, end: "Src" | "Dst"): string {
  const address = terminalWord(String(row[`${end}Addr`]));
  return `${address.includes(":") ? `[${address}]` : address}:${String(row[`${end}Port`])}`;
}

/** `TimeStart` as `10:00:00`; as `01-02 10:00:00` if the rows are of several days. */
function withShortTimes(rows: readonly Row[]): Row[] {
  const times = rows.map(({ TimeStart }) => String(TimeStart));
  const oneDay = new Set(times.map((time) => time.slice(0, "2026-01-02".length))).size <= 1;
  const from = oneDay ? "2026-01-02T".length : "2026-".length;
  return rows.map((row, i) => ({
    ...row,
    TimeStart: times[i]!.slice(from, "2026-01-02T10:00:00".length).replace("T", " "),
  }));
}
