import { serviceOf } from "@ngflow/flows";
import { humanNumber } from "../output/units.ts";
import { minuteText } from "./gather.ts";
import { type Billing, change, type Compared, type Report, type ReportTable } from "./report.ts";

/** A table of texts; the first `text` columns are words, the others numbers. */
export interface TextTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly words: number;
  readonly rows: readonly (readonly string[])[];
}

/** From here on, percent are hard to read. */
const MANIFOLD = 1000;

/** `+12.3 %`, `×18.2` for what is more than eleven times as much, `new` where there was none of it before. */
export function changeText(compared: Compared): string {
  const percent = change(compared);
  if (percent === null) return compared.now === 0 ? "" : "new";
  if (percent >= MANIFOLD) return `×${humanNumber("flows", 1 + percent / 100)}`;
  return `${percent > 0 ? "+" : ""}${percent.toFixed(1)} %`;
}

const METRICS = { bytes: "Bytes", packets: "Packets", flows: "Flows" } as const;

/** Whether anything is stored of the time before; else nothing can be said of changes. */
const isCompared = ({ totals }: Report): boolean => totals.flows.before > 0;

/** A table without its last column, which is that of changes, where nothing is compared. */
function withoutChange(table: TextTable): TextTable {
  return { ...table, head: table.head.slice(0, -1), rows: table.rows.map((row) => row.slice(0, -1)) };
}

function totalsTable({ totals, fromMs, toMs }: Report): TextTable {
  const rows = Object.entries(totals).map(([metric, compared]) => [
    METRICS[metric as keyof typeof METRICS],
    humanNumber(metric, compared.now),
    compared.now.toLocaleString("en-US"),
    humanNumber(metric, compared.before),
    changeText(compared),
  ]);
  const bps = (bytes: number): number => (bytes * 8000) / (toMs - fromMs);
  const rate = { now: bps(totals.bytes.now), before: bps(totals.bytes.before) };
  rows.push(["Average rate", humanNumber("bps", rate.now), "", humanNumber("bps", rate.before), changeText(rate)]);
  return { title: "Totals", head: ["", "This time", "Exactly", "The time before", "Change"], words: 1, rows };
}

/** A value with its name behind it, as in the tables of `ngflow query`. */
export const withName = (value: string, name = ""): string => (name === "" ? value : `${value} ${name}`);

/** Names of the values of a table. */
function nameOf(column: string, group: readonly (string | null)[], { exporterNames }: Report): string | undefined {
  const [first, value = null] = group;
  if (column === "ExporterAddr") return exporterNames[first ?? ""];
  const isPort = column === "ServicePort" && value !== null && !String(first).includes("icmp");
  return isPort ? serviceOf(Number(value)) : undefined;
}

function groupTable({ title, columns, rows }: ReportTable, report: Report): TextTable {
  const total = report.totals.bytes.now;
  return {
    title,
    head: [...columns, "Traffic", "Share", "Change"],
    words: columns.length,
    rows: rows.map(({ group, bytes }) => [
      ...group.map((value, i) =>
        value === null ? (i === 0 ? "(others)" : "") : withName(value, nameOf(columns[i]!, group, report)),
      ),
      humanNumber("bytes", bytes.now),
      total === 0 ? "" : `${((100 * bytes.now) / total).toFixed(1)} %`,
      changeText(bytes),
    ]),
  };
}

function billingTable(billing: readonly Billing[]): TextTable {
  return {
    title: "95th percentile of interfaces",
    head: ["Exporter", "Interface", "Direction", "95th", "Average", "Peak", "Peak at (UTC)", "Bins with traffic"],
    words: 3,
    rows: billing.map((each) => [
      withName(each.exporter, each.exporterName),
      withName(each.index, each.interfaceName),
      each.direction,
      humanNumber("bps", each.p95),
      humanNumber("bps", each.average),
      humanNumber("bps", each.peak.bps),
      minuteText(each.peak.timeMs),
      `${each.binsWithTraffic} of ${each.bins.length}`,
    ]),
  };
}

/** Columns whose 0 is "unknown": a table that has nothing else says nothing. */
const UNKNOWN_AS: ReadonlySet<string> = new Set(["SrcAS", "DstAS"]);

/** Every table of a report, as texts; one without a row is left out. */
export function textTables(report: Report): readonly TextTable[] {
  const { tables, billing } = report;
  const known = tables.filter(
    ({ columns, rows }) => !UNKNOWN_AS.has(columns[0]!) || rows.some(({ group }) => group[0] !== "0"),
  );
  const compared = [totalsTable(report), ...known.map((table) => groupTable(table, report))];
  const shown = isCompared(report) ? compared : compared.map(withoutChange);
  return [...shown, billingTable(billing)].filter(({ rows }) => rows.length > 0);
}

/** What the report is of, in sentences. */
export function headTexts(report: Report): readonly string[] {
  const { fromMs, toMs, madeMs, source, filter, missing, series, stepMs } = report;
  const silent = series.filter(({ recorded }) => !recorded).length;
  return [
    `${minuteText(fromMs)} to ${minuteText(toMs)} UTC, made ${minuteText(madeMs)} from ${source}.`,
    ...(filter === "" ? [] : [`Only flows of: ${filter}`]),
    missing.length === 0
      ? "Every row that was stored of this time could be read."
      : `Rows are missing because they are damaged, of the days received ${missing.join(", ")}: see ngflow store verify.`,
    silent === 0
      ? `Flows were recorded in every bin of ${stepMs / 60_000} minutes.`
      : `Nothing was recorded in ${silent} of ${series.length} bins of ${stepMs / 60_000} minutes: there, 0 says nothing.`,
    isCompared(report)
      ? "Changes are against the time of the same length before."
      : "Nothing is stored of the time of the same length before, so no changes are shown.",
    "The 95th percentile is of bins of five minutes; a bin without traffic is 0.",
  ];
}
