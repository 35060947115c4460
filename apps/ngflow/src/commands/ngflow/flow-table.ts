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

/** A way to show flows: columns that are left out, whether times are those of the day, whether names are shown. */
interface Form {
  readonly without: readonly string[];
  readonly shortTimes: boolean;
  readonly names: boolean;
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
];

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
  { without, shortTimes }: Form,
  rows: readonly Row[],
  names: readonly string[],
  options: TableOptions,
  wide: boolean,
): string {
  const columns = [...FLOW_COLUMNS.filter((column) => !without.includes(column)), ...names, ...(wide ? ["Extra"] : [])];
  // Rows of which none has a name lack its column.
  const noNames = Object.fromEntries(names.map((name) => [name, ""]));
  const shown = (shortTimes ? withShortTimes(rows) : rows).map((row) => ({ ...noNames, ...row }));
  return formatTable(columns, shown, options);
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
