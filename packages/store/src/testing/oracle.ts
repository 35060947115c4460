import { formatIpv6 } from "@ngflow/base";
import {
  DERIVED,
  displayValue,
  type Dimension,
  dimensionByName,
  jsonInteger,
  ORDERS,
  type QuerySpec,
  type Statistic,
  namedByName,
  serviceOf,
  valueByName,
} from "@ngflow/flows";
import { columnOf, valueOf } from "./oracle-filter.ts";
import type { TestRow } from "./rows.ts";

export interface OracleQuery extends Omit<QuerySpec, "stepMs"> {
  readonly stepMs: number | null;
}

/** A part of a row that is in one bin: what is added to the group of its keys. */
interface Part {
  readonly binMs: number;
  readonly keys: readonly bigint[];
  readonly bytes: bigint;
  readonly packets: bigint;
  readonly flows: bigint;
  /** The value whose different ones are counted. */
  readonly distinct: bigint | undefined;
}

const HOUR = 3_600_000;
const FIVE_MINUTES = 300_000;

/** What an aggregate must answer, computed the plain way. Times of `rows` are relative to `baseMs`. */
export function oracleAggregate(
  rows: readonly TestRow[],
  baseMs: number,
  query: OracleQuery,
): Record<string, unknown>[] {
  const { stepMs, metric } = query;
  const by = query.by.map((name) => dimensionByName(name) as Dimension);
  const statistic = query.statistic ?? "total";
  const order: Statistic = query.order === undefined ? statistic : ORDERS[query.order];
  const widenMs = stepMs ?? (statistic === "total" && order === "total" ? 1 : FIVE_MINUTES);
  const fromMs = query.fromMs - (query.fromMs % widenMs);
  const toMs = query.toMs + ((widenMs - (query.toMs % widenMs)) % widenMs);
  const binMs = stepMs ?? FIVE_MINUTES;
  const parts = partsOf(rows, baseMs, query, by, fromMs, toMs);
  const valueOfParts = (some: readonly Part[]): Value => valueBy(metric, some);
  const statisticOf = (some: readonly Part[], which: Statistic): Value => {
    if (which === "total") return valueOfParts(some);
    const bins: Value[] = [];
    for (let bin = fromMs; bin < toMs; bin += binMs)
      bins.push(valueOfParts(some.filter((part) => part.binMs >= bin && part.binMs < bin + binMs)));
    const sorted = bins.toSorted(compare);
    const sum = Number(bins.reduce((a, b) => BigInt(a) + BigInt(b), 0n));
    const rank = Math.ceil(bins.length * 0.95) - 1;
    return { last: bins.at(-1)!, min: sorted[0]!, max: sorted.at(-1)!, average: sum / bins.length, p95: sorted[rank]! }[
      which
    ];
  };
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    const id = part.keys.join();
    groups.set(id, [...(groups.get(id) ?? []), part]);
  }
  const ranked = [...groups.values()]
    .map((some) => ({ some, keys: some[0]!.keys, rank: statisticOf(some, order) }))
    .sort((a, b) => compare(b.rank, a.rank) || compareKeys(a.keys, b.keys))
    .map(({ some }) => some);
  const kept = by.length === 0 ? [parts] : ranked.slice(0, query.top ?? 10);
  const others = by.length === 0 ? [] : ranked.slice(query.top ?? 10).flat();
  const answered = [...kept, ...(others.length > 0 ? [others] : [])];
  const seconds = (stepMs ?? (statistic === "total" ? toMs - fromMs : FIVE_MINUTES)) / 1000;
  const shown = (some: readonly Part[], value: Value, bin?: number) => ({
    ...(bin === undefined ? {} : { time: new Date(bin).toISOString() }),
    ...Object.fromEntries(
      by.map((dimension, i) => [dimension.name, some === others ? null : text(dimension, some[0]!.keys[i]!)]),
    ),
    [metric]:
      metric === "bps" ? (Number(value) * 8) / seconds : metric === "pps" ? Number(value) / seconds : json(value),
  });
  const inOrder = (groups: readonly { readonly some: readonly Part[]; readonly value: Value }[]) =>
    groups.toSorted(
      (a, b) =>
        Number(a.some === others) - Number(b.some === others) ||
        compare(b.value, a.value) ||
        compareKeys(a.some[0]?.keys ?? [], b.some[0]?.keys ?? []),
    );
  if (stepMs === null)
    return inOrder(answered.map((some) => ({ some, value: statisticOf(some, statistic) }))).map(({ some, value }) =>
      shown(some, value),
    );
  const series: Record<string, unknown>[] = [];
  for (let bin = fromMs; bin < toMs; bin += stepMs) {
    const values = answered.flatMap((some) => {
      const here = some.filter((part) => part.binMs >= bin && part.binMs < bin + stepMs);
      const value = valueOfParts(here);
      return here.length === 0 ? [] : [{ some, value }];
    });
    for (const { some, value } of inOrder(values)) series.push(shown(some, value, bin));
  }
  return series;
}

/** The rows in parts of one bin each, which is fine enough for the step, five minutes and the hour. */
function partsOf(
  rows: readonly TestRow[],
  baseMs: number,
  query: OracleQuery,
  by: readonly Dimension[],
  fromMs: number,
  toMs: number,
): Part[] {
  const { metric, stepMs } = query;
  const counted = metric.startsWith("distinct:") ? (dimensionByName(metric.slice(9)) as Dimension) : undefined;
  const edges = new Set([fromMs, toMs]);
  for (const width of [stepMs ?? FIVE_MINUTES, HOUR])
    for (let edge = fromMs - (fromMs % width); edge < toMs; edge += width) if (edge > fromMs) edges.add(edge);
  const bins = [...edges].sort((a, b) => a - b);
  const parts: Part[] = [];
  for (const row of rows) {
    for (const [i, binMs] of bins.slice(0, -1).entries()) {
      const shareOf = (measure: Counted): bigint =>
        share(row, baseMs, measure, binMs, bins[i + 1]!, query.raw === true);
      const part = { bytes: shareOf("bytes"), packets: shareOf("packets"), flows: shareOf("flows") };
      const isThere =
        metric === "bps" || metric === "bytes"
          ? part.bytes > 0n
          : metric === "pps" || metric === "packets" || metric === "bpp"
            ? part.packets > 0n || (metric === "bpp" && part.bytes > 0n)
            : part.flows > 0n;
      if (!isThere) continue;
      const distinct = counted === undefined ? undefined : keyOf(counted, row, baseMs, binMs);
      parts.push({ binMs, keys: by.map((dimension) => keyOf(dimension, row, baseMs, binMs)), ...part, distinct });
    }
  }
  return parts;
}

/** What the application of a row may be, in the order of the answer: no exporter has sent a name. */
const APPS = ["dns", "https", "other tcp", "other udp"];

function appOf({ SrcPort, DstPort, Proto }: TestRow): bigint {
  const ports = [Number(SrcPort ?? 0), Number(DstPort ?? 0)].sort((a, b) => a - b);
  const name =
    ports.map(serviceOf).find((service) => service !== undefined) ?? (Proto === 6 ? "other tcp" : "other udp");
  return BigInt(APPS.indexOf(name));
}

function keyOf({ value, masks }: Dimension, row: TestRow, baseMs: number, binMs: number): bigint {
  const at = { ...row, TimeStart: baseMs + Number(row.TimeStart), TimeEnd: baseMs + Number(row.TimeEnd) };
  if (value === "App") return appOf(row);
  const derived = DERIVED.find(({ name }) => name === value);
  const key = derived ? derived.of((column) => columnOf(at, column), BigInt(binMs)) : valueOf(at, value);
  if (masks === undefined) return key;
  const length = key >> 32n === 0xffffn ? masks.v4 : masks.v6;
  const rest = BigInt(128 - length);
  return (key >> rest) << rest;
}

function text({ value }: Dimension, key: bigint): string | number {
  if (value === "App") return APPS[Number(key)]!;
  if (namedByName(value) !== undefined) return "";
  if (valueByName(value).kind !== "ip") return displayValue(value, key.toString());
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => Number((key >> BigInt(8 * (15 - i))) & 255n));
  return displayValue(value, formatIpv6(bytes));
}

/** A whole number, or a quotient. */
type Value = bigint | number;

/** Bytes per packet of flows without packets: not a number, and below all others. */
const NOTHING = -1;

function compare(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As answers have it. */
function json(value: Value): number | string | null {
  return typeof value === "bigint" ? jsonInteger(value) : value === NOTHING ? null : value;
}

function valueBy(metric: string, parts: readonly Part[]): Value {
  const sum = (of: (part: Part) => bigint): bigint => parts.reduce((all, part) => all + of(part), 0n);
  const packets = sum((part) => part.packets);
  if (metric === "bpp") return packets === 0n ? NOTHING : Number(sum(({ bytes }) => bytes)) / Number(packets);
  if (metric.startsWith("distinct:")) return BigInt(new Set(parts.map(({ distinct }) => distinct)).size);
  if (metric === "flows") return sum(({ flows }) => flows);
  return sum(metric === "bps" || metric === "bytes" ? ({ bytes }) => bytes : ({ packets }) => packets);
}

type Counted = "bytes" | "packets" | "flows";

/** A larger product of counter and sampling rate counts as this. */
const LARGEST = 2n ** 64n - 1n;

/**
 * The part of a row's counter that belongs to [fromMs, toMs), by the definition: floor at both ends of the interval.
 */
function share(row: TestRow, baseMs: number, measure: Counted, fromMs: number, toMs: number, raw: boolean): bigint {
  const end = BigInt(baseMs) + BigInt(row.TimeEnd!);
  if (measure === "flows") return end >= fromMs && end < toMs ? 1n : 0n;
  // One that ends before it starts has the time of its end.
  const began = BigInt(baseMs) + BigInt(row.TimeStart!);
  const start = began < end ? began : end;
  const life = end > start ? end - start : 1n;
  const rate = raw ? 1n : BigInt(row.SamplingRate ?? 0) || 1n;
  const product = BigInt(measure === "bytes" ? row.Bytes! : row.Packets!) * rate;
  const total = product < LARGEST ? product : LARGEST;
  const until = (t: bigint): bigint => {
    const elapsed = t <= start ? 0n : t - start > life ? life : t - start;
    return (total * elapsed) / life;
  };
  return until(BigInt(toMs)) - until(BigInt(fromMs));
}

function compareKeys(a: readonly bigint[], b: readonly bigint[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  return 0;
}
