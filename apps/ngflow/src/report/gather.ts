import {
  type FlowReader,
  isoTime,
  type Metric,
  percentile95,
  type QueryResult,
  type QuerySpec,
  STATISTIC_BIN_MS,
} from "@ngflow/flows";
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

/** Questions besides those of the tables: three totals, two of the chart, and one for each direction. */
const OTHER_QUESTIONS = 5 + DIRECTIONS.length;

/** Asks a store everything that a report needs. */
export async function gatherReport(reader: FlowReader, request: ReportRequest): Promise<Report> {
  const { fromMs, toMs, filter, top, nowMs, source, signal, progress } = request;
  const range = { fromMs, toMs, ...(filter === undefined ? {} : { filter }) };
  let asked = 0;
  const missing = new Set<string>();
  const ask = async (spec: Omit<QuerySpec, "fromMs" | "toMs">): Promise<QueryResult> => {
    progress?.(asked++, REPORT_TABLES.length + OTHER_QUESTIONS);
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
  for (const [direction, column] of DIRECTIONS) {
    const by = ["ExporterAddr", column];
    const { rows } = await ask({ by, metric: "bps", stepMs: STATISTIC_BIN_MS, top, order: "total" });
    billing.push(...billingOf(rows, { direction, column, fromMs, toMs }));
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

interface Direction {
  readonly direction: Billing["direction"];
  readonly column: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** One billing for each interface of a series; the group of all others is none. */
function billingOf(rows: QueryResult["rows"], { direction, column, fromMs, toMs }: Direction): Billing[] {
  const first = Math.floor(fromMs / STATISTIC_BIN_MS);
  const count = Math.ceil(toMs / STATISTIC_BIN_MS) - first;
  const byInterface = new Map<string, { exporter: string; index: string; bps: Float64Array }>();
  for (const row of rows) {
    if (row["ExporterAddr"] === null || row[column] === null) continue;
    const [exporter, index] = [String(row["ExporterAddr"]), String(row[column])];
    const bin = Date.parse(String(row["time"])) / STATISTIC_BIN_MS - first;
    const key = `${exporter} ${index}`;
    const found = byInterface.get(key) ?? { exporter, index, bps: new Float64Array(count) };
    byInterface.set(key, found);
    if (bin >= 0 && bin < count) found.bps[bin] = numberOf(row, "bps");
  }
  return [...byInterface.values()].map(({ exporter, index, bps }) => {
    const bins = [...bps].map((value, i) => ({ timeMs: (first + i) * STATISTIC_BIN_MS, bps: value }));
    return {
      exporter,
      index,
      direction,
      p95: percentile95([...bps]),
      average: bps.reduce((sum, value) => sum + value, 0) / count,
      peak: bins.reduce((peak, bin) => (bin.bps > peak.bps ? bin : peak)),
      bins,
      binsWithTraffic: bins.filter((bin) => bin.bps > 0).length,
    };
  });
}

/** Minutes are enough for people: `2026-01-02 03:04`, UTC. */
export const minuteText = (ms: number): string => isoTime(ms).slice(0, 16).replace("T", " ");
