import { type FlowReader, isoTime, type Metric, type QueryResult, STATISTIC_BIN_MS } from "@ngflow/flows";
import { type Ask, billingOf, interfaceNames, named } from "./billing.ts";
import { type Billing, numberOf, type Report, REPORT_TABLES, type ReportTable } from "./report.ts";

/** Points of the chart. */
const POINTS = 96;

/** What a report is of. */
export interface ReportRequest {
  readonly fromMs: number;
  readonly toMs: number;
  readonly filter?: string;
  /** Rows of each table, and interfaces of each direction. */
  readonly top: number;
  readonly nowMs: number;
  readonly source: string;
  readonly signal?: AbortSignal;
  /** Called before each question with its number and how many there are. */
  readonly progress?: (done: number, total: number) => void;
}

/** The directions of an interface: the column of its index. */
const DIRECTIONS = [
  ["in", "InIf"],
  ["out", "OutIf"],
] as const;

/** Questions besides those of the tables: three totals, two of the chart, and two of each direction. */
const OTHER_QUESTIONS = 5 + 2 * DIRECTIONS.length;

/** Asks a store everything that a report needs. */
export async function gatherReport(reader: FlowReader, request: ReportRequest): Promise<Report> {
  const { fromMs, toMs, filter, top, nowMs, source, signal, progress } = request;
  const range = { fromMs, toMs, ...(filter === undefined ? {} : { filter }) };
  let asked = 0;
  let questions = REPORT_TABLES.length + OTHER_QUESTIONS;
  const missing = new Set<string>();
  const ask: Ask = async (spec) => {
    progress?.(asked++, questions);
    const result = await reader.query({ ...range, ...spec }, { signal });
    for (const day of result.missing ?? []) missing.add(day);
    return result;
  };
  const previousMs = toMs - fromMs;
  const total = async (metric: Metric) => {
    const [row] = (await ask({ by: [], metric, previousMs })).rows;
    return { now: numberOf(row, metric), before: numberOf(row, "previous") };
  };
  const totals = { bytes: await total("bytes"), packets: await total("packets"), flows: await total("flows") };

  const stepMs = Math.max(STATISTIC_BIN_MS, Math.ceil((toMs - fromMs) / POINTS / STATISTIC_BIN_MS) * STATISTIC_BIN_MS);
  const drawn = await ask({ by: [], metric: "bps", stepMs });
  const everybody = filter === undefined ? drawn : await ask({ by: [], metric: "bps", stepMs, filter: "" });
  const tables: ReportTable[] = [];
  for (const { title, by } of REPORT_TABLES) {
    const { rows } = await ask({ by, metric: "bytes", top, previousMs });
    const table = rows.map((row) => ({
      group: by.map((column) => (row[column] === null ? null : String(row[column]))),
      bytes: { now: numberOf(row, "bytes"), before: numberOf(row, "previous") },
    }));
    tables.push({ title, columns: by, rows: table.filter(({ bytes }) => bytes.now > 0 || bytes.before > 0) });
  }
  const billing: Billing[] = [];
  const exporterNames: Record<string, string> = {};
  for (const [direction, column] of DIRECTIONS) {
    const names = await interfaceNames(ask, column);
    for (const [exporter, name] of names.exporters) exporterNames[exporter] ??= name;
    const bills = await billingOf(ask, { direction, column, fromMs, toMs, top }, (pieces) => (questions += pieces));
    billing.push(...bills.map((bill) => named(bill, names)));
  }
  return {
    fromMs,
    toMs,
    madeMs: nowMs,
    source,
    filter: filter ?? "",
    totals,
    series: seriesOf(drawn.rows, everybody.rows, { fromMs, toMs, stepMs }),
    stepMs,
    tables,
    billing,
    exporterNames,
    missing: [...missing].toSorted(),
  };
}

/** Every bin of a series; one without a row had no traffic. */
function seriesOf(
  rows: QueryResult["rows"],
  everybody: QueryResult["rows"],
  { fromMs, toMs, stepMs }: Pick<Report, "fromMs" | "toMs" | "stepMs">,
): Report["series"] {
  const known = new Map(rows.map((row) => [Date.parse(String(row["time"])), numberOf(row, "bps")]));
  const recorded = new Set(everybody.map((row) => Date.parse(String(row["time"]))));
  const first = Math.floor(fromMs / stepMs) * stepMs;
  const bins = Math.ceil((toMs - first) / stepMs);
  return Array.from({ length: bins }, (_, i) => first + i * stepMs).map((timeMs) => ({
    timeMs,
    bps: known.get(timeMs) ?? 0,
    recorded: recorded.has(timeMs),
  }));
}

/** Minutes are enough for people: `2026-01-02 03:04`, UTC. */
export const minuteText = (ms: number): string => isoTime(ms).slice(0, 16).replace("T", " ");
