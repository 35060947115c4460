import type { Metric, QueryResult } from "@ngflow/flows";

type Row = QueryResult["rows"][number];

/** One number of a range, and of the range before it. */
export interface Compared {
  readonly now: number;
  readonly before: number;
}

/** A group of a table. */
export interface ReportRow {
  /** Values of the dimensions; null is the group of all others. */
  readonly group: readonly (string | null)[];
  readonly bytes: Compared;
}

export interface ReportTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly ReportRow[];
}

/** A bin of five minutes. */
export interface BillingBin {
  /** Start, Unix milliseconds. */
  readonly timeMs: number;
  readonly bps: number;
}

/** One direction of an interface, as providers bill it. */
export interface Billing {
  readonly exporter: string;
  /** What the exporter calls itself and the interface; empty where it did not say. */
  readonly exporterName: string;
  readonly index: string;
  readonly interfaceName: string;
  readonly direction: "in" | "out";
  /** 95th percentile, nearest rank, of all bins of the range; a bin without traffic is 0. */
  readonly p95: number;
  readonly average: number;
  readonly peak: BillingBin;
  /** Every bin of the range, in order. */
  readonly bins: readonly BillingBin[];
  /** How many of them have traffic. */
  readonly binsWithTraffic: number;
}

/** Traffic of a range, for people. */
export interface Report {
  /** Unix milliseconds, half open. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly madeMs: number;
  /** Where the flows were read. */
  readonly source: string;
  readonly filter: string;
  readonly totals: Readonly<Record<"bytes" | "packets" | "flows", Compared>>;
  /** Bits a second over time. `recorded`: some flow of anybody is stored of the bin; without one, 0 says nothing. */
  readonly series: readonly { readonly timeMs: number; readonly bps: number; readonly recorded: boolean }[];
  readonly stepMs: number;
  readonly tables: readonly ReportTable[];
  readonly billing: readonly Billing[];
  /** What exporters call themselves, by address. */
  readonly exporterNames: Readonly<Record<string, string>>;
  /** Days received of which rows are missing because they are damaged. */
  readonly missing: readonly string[];
}

/** What the tables of a report group by. */
export const REPORT_TABLES: readonly { readonly title: string; readonly by: readonly string[] }[] = [
  { title: "Protocols", by: ["Proto"] },
  { title: "Services", by: ["Proto", "ServicePort"] },
  { title: "Senders", by: ["SrcAddr"] },
  { title: "Receivers", by: ["DstAddr"] },
  { title: "Conversations", by: ["LowAddr", "HighAddr"] },
  { title: "Autonomous systems that sent", by: ["SrcAS"] },
  { title: "Autonomous systems that received", by: ["DstAS"] },
  { title: "Exporters", by: ["ExporterAddr"] },
];

/** A column of an answer as a number; amounts above 2^53 - 1 arrive as text. */
export function numberOf(row: Row | undefined, column: Metric | "previous"): number {
  return Number(row?.[column] ?? 0);
}

/** Change in percent; null where there was nothing before. */
export const change = ({ now, before }: Compared): number | null =>
  before === 0 ? null : (100 * (now - before)) / before;
