import { fittingBins, MAX_TOP, percentile95, type QueryResult, type QuerySpec, STATISTIC_BIN_MS } from "@ngflow/flows";
import { type Billing, numberOf } from "./report.ts";

/** Asks about the range of a report, or about a part of it. */
export type Ask = (
  spec: Omit<QuerySpec, "fromMs" | "toMs"> & Partial<Pick<QuerySpec, "fromMs" | "toMs">>,
) => Promise<QueryResult>;

interface Direction {
  readonly direction: Billing["direction"];
  readonly column: "InIf" | "OutIf";
  /** Unix milliseconds, half open. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Interfaces that are billed, those with most bytes. */
  readonly top: number;
}

/** An interface: its exporter and its index. */
const keyOf = (exporter: unknown, index: unknown): string => `${String(exporter)} ${String(index)}`;

/** Names that exporters sent. */
export interface SentNames {
  /** By address. */
  readonly exporters: ReadonlyMap<string, string>;
  /** By `ADDRESS INDEX`. */
  readonly interfaces: ReadonlyMap<string, string>;
}

/** Names of exporters and interfaces; of several, that of most bytes. */
export async function interfaceNames(ask: Ask, column: Direction["column"]): Promise<SentNames> {
  const by = ["ExporterAddr", "ExporterName", column, `${column}Name`];
  const { rows } = await ask({ by, metric: "bytes", top: MAX_TOP });
  const exporters = new Map<string, string>();
  const interfaces = new Map<string, string>();
  const learn = (names: Map<string, string>, key: string, name: unknown): void => {
    if (typeof name === "string" && name !== "" && !names.has(key)) names.set(key, name);
  };
  for (const row of rows) {
    if (row["ExporterAddr"] === null) continue;
    learn(exporters, String(row["ExporterAddr"]), row["ExporterName"]);
    learn(interfaces, keyOf(row["ExporterAddr"], row[column]), row[`${column}Name`]);
  }
  return { exporters, interfaces };
}

/** A billing with the names of its exporter and interface. */
export function named(bill: Billing, { exporters, interfaces }: SentNames): Billing {
  const exporterName = exporters.get(bill.exporter) ?? "";
  return { ...bill, exporterName, interfaceName: interfaces.get(keyOf(bill.exporter, bill.index)) ?? "" };
}

/**
 * The interfaces of a direction that had most bytes, with every bin of the range. A month has more bins than one answer
 * may have: it is asked about in parts, of which each has every interface, up to a thousand.
 *
 * @param parts called with how many questions that takes.
 */
export async function billingOf(ask: Ask, direction: Direction, parts: (count: number) => void): Promise<Billing[]> {
  const { column, fromMs, toMs, top } = direction;
  const by = ["ExporterAddr", column];
  const all = (await ask({ by, metric: "bytes", top: MAX_TOP })).rows.filter((row) => row["ExporterAddr"] !== null);
  const chosen = all.slice(0, top);
  if (chosen.length === 0) return [];
  const first = Math.floor(fromMs / STATISTIC_BIN_MS);
  const count = Math.ceil(toMs / STATISTIC_BIN_MS) - first;
  const bps = new Map(chosen.map((row) => [keyOf(row["ExporterAddr"], row[column]), new Float64Array(count)]));
  const binsOfPart = fittingBins(all.length + 1);
  parts(Math.ceil(count / binsOfPart));
  for (let done = 0; done < count; done += binsOfPart) {
    const part = {
      fromMs: Math.max(fromMs, (first + done) * STATISTIC_BIN_MS),
      toMs: Math.min(toMs, (first + done + binsOfPart) * STATISTIC_BIN_MS),
    };
    const spec = { ...part, by, metric: "bps", stepMs: STATISTIC_BIN_MS, top: all.length, order: "total" } as const;
    for (const row of (await ask(spec)).rows) {
      const bin = Date.parse(String(row["time"])) / STATISTIC_BIN_MS - first;
      const bins = bps.get(keyOf(row["ExporterAddr"], row[column]));
      if (bins !== undefined && bin >= 0 && bin < count) bins[bin] = numberOf(row, "bps");
    }
  }
  return chosen.map((row) => {
    const [exporter, index] = [String(row["ExporterAddr"]), String(row[column])];
    return billing(direction, { exporter, index, bps: bps.get(keyOf(exporter, index))! });
  });
}

function billing(
  { direction, fromMs }: Direction,
  { exporter, index, bps }: { readonly exporter: string; readonly index: string; readonly bps: Float64Array },
): Billing {
  const first = Math.floor(fromMs / STATISTIC_BIN_MS);
  const bins = [...bps].map((value, i) => ({ timeMs: (first + i) * STATISTIC_BIN_MS, bps: value }));
  return {
    exporter,
    exporterName: "",
    index,
    interfaceName: "",
    direction,
    p95: percentile95([...bps]),
    average: bps.reduce((sum, value) => sum + value, 0) / bps.length,
    peak: bins.reduce((peak, bin) => (bin.bps > peak.bps ? bin : peak)),
    bins,
    binsWithTraffic: bins.filter((bin) => bin.bps > 0).length,
  };
}
