import {
  type Completeness,
  groupsOf,
  isoTime,
  type LossReason,
  type LostInBin,
  MAX_ROWS,
  MAX_TOP,
  type Placement,
  type QueryMetric,
  type QueryResult,
  type QuerySpec,
} from "@ngflow/flows";

/** Answers a query with its completeness. */
export type Ask = (spec: QuerySpec, options?: { readonly signal?: AbortSignal | undefined }) => Promise<QueryResult>;

/** The values of a group by dimension; what is not one of flows, such as the reason of a loss, is a text, too. */
export type GroupValues = Readonly<Record<string, string | number>>;

/** A group and its number in one window. */
export interface GroupValue {
  readonly values: GroupValues;
  readonly value: number;
}

/** One window of time and what flowed in it. */
export interface Bin {
  /** Half-open, Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** By `keyOf`: the largest MAX_TOP of them. */
  readonly groups: ReadonlyMap<string, GroupValue>;
  /** There were more groups than that. */
  readonly cut: boolean;
  /** What is known to be lost. */
  readonly lost: readonly LostInBin[];
  /** Nothing could be received, is readable or is kept: that a group is absent says nothing. */
  readonly dark: boolean;
}

/** What is asked of every window. */
export interface BinSpec {
  readonly by: readonly string[];
  readonly metric: QueryMetric;
  readonly filter: string;
  readonly windowMs: number;
  readonly time: Placement;
}

export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Windows, and until when they are settled: later flows may still arrive. */
export interface Bins {
  /** Only those that are settled, in order. */
  readonly bins: readonly Bin[];
  /** Unix milliseconds. */
  readonly settledMs: number;
}

/** Most windows of one query. */
const MOST_BINS = 2000;
/** Groups of a window that are asked for at first: the fewer, the more windows fit one query. */
const FEW_GROUPS = 100;
/** What arrives is in the store after so long at the latest: the collector writes every 400 ms. */
export const STORED_AFTER_MS = 5000;
const DAY_MS = 86_400_000;

/** The same text for the same values. */
export function keyOf(by: readonly string[], row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(by.map((name) => row[name] ?? null));
}

/**
 * Reads whole windows, each once, oldest first, and ends before the first one that is not settled. A query that has
 * more groups than one answer takes is asked again for fewer windows, so that the groups of a window do not depend on
 * the windows that were asked with it.
 */
export async function readBins(
  ask: Ask,
  spec: BinSpec,
  { fromMs, toMs }: TimeRange,
  nowMs: number,
  signal?: AbortSignal,
): Promise<Bins> {
  const most = (top: number): number => Math.min(MOST_BINS, Math.floor(MAX_ROWS / groupsOf(spec.by, top)) - 1);
  const bins: Bin[] = [];
  let settledMs = nowMs - STORED_AFTER_MS;
  let top = FEW_GROUPS;
  let size = most(top);
  for (let atMs = fromMs; atMs + spec.windowMs <= Math.min(toMs, settledMs);) {
    signal?.throwIfAborted();
    const endMs = Math.min(toMs, atMs + size * spec.windowMs);
    const answer = await ask(querySpec(spec, { fromMs: atMs, toMs: endMs }, top), { signal });
    const isCut = answer.rows.some((row) => isRest(spec.by, row));
    if (isCut && (top < MAX_TOP || size > 1)) {
      size = top < MAX_TOP ? most(MAX_TOP) : Math.max(1, Math.floor(size / 2));
      top = MAX_TOP;
      continue;
    }
    settledMs = Math.min(settledMs, settledUntil(answer, spec.time));
    for (const bin of binsOf(answer, spec, atMs, endMs)) if (bin.toMs <= settledMs) bins.push(bin);
    atMs = endMs;
    if (!isCut) size = Math.min(most(top), size * 2);
  }
  return { bins, settledMs };
}

function querySpec({ by, metric, filter, windowMs, time }: BinSpec, range: TimeRange, top: number): QuerySpec {
  const chosen = { ...(filter.trim() === "" ? {} : { filter }), ...(time === "arrival" ? { time } : {}) };
  return { by, metric, ...range, stepMs: windowMs, top, ...chosen };
}

/** From when on an answer may still change; by the time of arrival nothing is under way. */
function settledUntil({ unsettledFrom, completeness }: QueryResult, time: Placement): number {
  if (time === "arrival") return Number.POSITIVE_INFINITY;
  const times = [unsettledFrom, completeness?.underWayFrom].map((text) => (text ? Date.parse(text) : Infinity));
  return Math.min(...times);
}

const isRest = (by: readonly string[], row: Readonly<Record<string, unknown>>): boolean =>
  by.length > 0 && by.every((name) => row[name] === null);

function binsOf(answer: QueryResult, { by, metric, windowMs }: BinSpec, fromMs: number, toMs: number): Bin[] {
  const groups = new Map<number, Map<string, GroupValue>>();
  const cut = new Set<number>();
  for (const row of answer.rows) {
    const atMs = Date.parse(String(row["time"]));
    if (isRest(by, row)) {
      cut.add(atMs);
      continue;
    }
    const values = Object.fromEntries(by.map((name) => [name, row[name] as string | number]));
    const inBin = groups.get(atMs) ?? new Map<string, GroupValue>();
    inBin.set(keyOf(by, row), { values, value: Number(row[metric] ?? 0) });
    groups.set(atMs, inBin);
  }
  const lost = lostByBin(answer.completeness);
  const missing = new Set(answer.missing);
  const recordedMs = answer.recordedFrom === undefined ? 0 : Date.parse(answer.recordedFrom);
  const bins: Bin[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += windowMs) {
    const lostHere = lost.get(atMs) ?? [];
    const range = { fromMs: atMs, toMs: atMs + windowMs };
    const dark = lostHere.some(({ reason }) => isTotal(reason)) || isMissing(missing, range) || atMs < recordedMs;
    bins.push({ ...range, groups: groups.get(atMs) ?? new Map(), cut: cut.has(atMs), lost: lostHere, dark });
  }
  return bins;
}

/** Whether nothing at all was received. */
const isTotal = (reason: LossReason): boolean => reason === "collector-down";

/** Whether rows of the days of a window are damaged. */
function isMissing(days: ReadonlySet<string>, { fromMs, toMs }: TimeRange): boolean {
  for (let ms = fromMs; ms < toMs; ms += DAY_MS) if (days.has(isoTime(ms).slice(0, 10))) return true;
  return days.has(isoTime(toMs - 1).slice(0, 10));
}

function lostByBin(completeness: Completeness | undefined): Map<number, LostInBin[]> {
  const found = new Map<number, LostInBin[]>();
  for (const loss of completeness?.lost ?? []) {
    const atMs = Date.parse(loss.time);
    found.set(atMs, [...(found.get(atMs) ?? []), loss]);
  }
  return found;
}
