import { displayValue, type Measure, type QuerySpec } from "@ngflow/flows";
import type { TestRow } from "./rows.ts";

export interface OracleQuery extends Omit<QuerySpec, "stepMs"> {
  readonly stepMs: number | null;
}

interface Group {
  readonly keys: readonly number[];
  total: bigint;
}

/** What an aggregate must answer, computed the plain way. Times of `rows` are relative to `baseMs`. */
export function oracleAggregate(
  rows: readonly TestRow[],
  baseMs: number,
  query: OracleQuery,
): Record<string, unknown>[] {
  const { stepMs, by } = query;
  const measure = query.metric as Measure;
  const fromMs = stepMs === null ? query.fromMs : query.fromMs - (query.fromMs % stepMs);
  const toMs = stepMs === null ? query.toMs : query.toMs + ((stepMs - (query.toMs % stepMs)) % stepMs);
  const width = stepMs ?? toMs - fromMs;
  const groups = new Map<string, Group>();
  const cells: { bin: number; key: string; value: bigint }[] = [];
  for (const row of rows) {
    const keys = by.map((column) => Number(row[column]));
    const key = keys.join();
    for (let bin = fromMs; bin < toMs; bin += width) {
      const value = share(row, baseMs, measure, bin, bin + width);
      if (value === 0n) continue;
      cells.push({ bin, key, value });
      const group = groups.get(key) ?? { keys, total: 0n };
      group.total += value;
      groups.set(key, group);
    }
  }
  const ranked = [...groups.values()].sort((a, b) => compare(b.total, a.total) || compareKeys(a.keys, b.keys));
  const kept = new Set((by.length === 0 ? ranked : ranked.slice(0, query.top ?? 10)).map((group) => group.keys.join()));
  const sums = new Map<string, { bin: number; keys: readonly number[] | null; value: bigint }>();
  for (const { bin, key, value } of cells) {
    const shown = kept.has(key) ? groups.get(key)!.keys : null;
    const id = `${bin}/${shown === null ? "rest" : key}`;
    const sum = sums.get(id) ?? { bin, keys: shown, value: 0n };
    sum.value += value;
    sums.set(id, sum);
  }
  const ordered = [...sums.values()].sort(
    (a, b) =>
      a.bin - b.bin ||
      Number(a.keys === null) - Number(b.keys === null) ||
      compare(b.value, a.value) ||
      compareKeys(a.keys ?? [], b.keys ?? []),
  );
  if (ordered.length === 0 && by.length === 0 && stepMs === null) return [{ [query.metric]: 0 }];
  return ordered.map(({ bin, keys, value }) => ({
    ...(stepMs === null ? {} : { time: new Date(bin).toISOString() }),
    ...Object.fromEntries(by.map((column, i) => [column, keys === null ? null : displayValue(column, keys[i]!)])),
    [query.metric]: value <= 9_007_199_254_740_991n ? Number(value) : value.toString(),
  }));
}

/** A larger product of counter and sampling rate counts as this. */
const LARGEST = 2n ** 64n - 1n;

/**
 * The part of a row's counter that belongs to [fromMs, toMs), by the definition: floor at both ends of the interval.
 */
function share(row: TestRow, baseMs: number, measure: Measure, fromMs: number, toMs: number): bigint {
  const end = BigInt(baseMs) + BigInt(row.TimeEnd!);
  if (measure === "flows") return end >= fromMs && end < toMs ? 1n : 0n;
  const start = BigInt(baseMs) + BigInt(row.TimeStart!);
  const life = end > start ? end - start : 1n;
  const rate = BigInt(row.SamplingRate ?? 0) || 1n;
  const product = BigInt(measure === "bytes" ? row.Bytes! : row.Packets!) * rate;
  const total = product < LARGEST ? product : LARGEST;
  const until = (t: bigint): bigint => {
    const elapsed = t <= start ? 0n : t - start > life ? life : t - start;
    return (total * elapsed) / life;
  };
  return until(BigInt(toMs)) - until(BigInt(fromMs));
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
