import { type AggregatePlan, comparesFlows } from "@ngflow/flows";
import { SHARES } from "./aggregate-sql.ts";
import { dimensionSql } from "./derived-sql.ts";
import { predicate } from "./predicate.ts";
import { scaledBy } from "./scaled.ts";
import { LIFE, ms, share, START, time, timesOf } from "./spread.ts";

/** A counter whose total is spread over the life of a flow. */
export type SpreadCounter = "Bytes" | "Packets";

/** A table with flows, or some rows of it. */
export interface FlowTable {
  readonly table: string;
  readonly source: string;
  readonly condition: string;
}

/** Half-open, Unix milliseconds. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Flows that overlap the range, in a form that can use the minmax indexes. */
export function inRange({ fromMs, toMs }: Range): string {
  return `TimeEnd >= ${time(fromMs)} AND (TimeStart < ${time(toMs)} OR TimeEnd < ${time(toMs)})`;
}

/** The keys of a row that do not depend on a bin. */
export function rowKeys({ by }: AggregatePlan, table: string): string[] {
  return by.flatMap((dimension, i) =>
    dimension.binMs === undefined ? [`${dimensionSql(table, dimension)} AS g${i}`] : [],
  );
}

/**
 * The share of every flow that is in the range, or in each bin of it. Most flows are in one piece: their totals are
 * read as they are, without any of the arithmetic of the others, which are read apart. In a range without bins, the
 * indexes leave few rows of these. What compares flows would compare them again for these, so all are in one piece.
 */
export function spreadRows(
  plan: AggregatePlan,
  counters: readonly SpreadCounter[],
  flows: FlowTable,
  range: Range,
  stepMs: number | null,
): string {
  if (comparesFlows(plan.duplicates)) return cutRows(plan, counters, flows, range, stepMs);
  const { whole, cut } = wholeOrCut(flows.table, range, stepMs);
  return (
    `${wholeRows(plan, counters, flows, whole, stepMs)} UNION ALL ` +
    cutRows(plan, counters, { ...flows, condition: `${flows.condition} AND ${cut}` }, range, stepMs)
  );
}

/**
 * Conditions on the flows of a range: those that are in it as a whole, and in one bin if there are bins, and the
 * others. A flow that ends at a millisecond has its last share before it; one without duration has it there. So flows
 * that end at the end of the range are among the others.
 */
function wholeOrCut(
  table: string,
  { fromMs, toMs }: Range,
  stepMs: number | null,
): { readonly whole: string; readonly cut: string } {
  const [from, to] = [time(fromMs), time(toMs)];
  const bin = (column: string): string => `intDiv(${ms(`${table}.${column}`)}, ${stepMs})`;
  const [sameBin, otherBin] =
    stepMs === null
      ? ["", ""]
      : [` AND ${bin("TimeStart")} = ${bin("TimeEnd")}`, ` OR ${bin("TimeStart")} != ${bin("TimeEnd")}`];
  return {
    whole: `TimeStart >= ${from} AND TimeEnd >= ${from} AND TimeEnd < ${to}${sameBin}`,
    // Of those that overlap the range: none of them ends before it.
    cut: `(TimeStart < ${from} OR TimeEnd >= ${to}${otherBin})`,
  };
}

/** The totals of the flows of a condition, each in the bin of its start. */
function wholeRows(
  plan: AggregatePlan,
  counters: readonly SpreadCounter[],
  { table, source, condition }: FlowTable,
  whole: string,
  stepMs: number | null,
): string {
  const rate = `greatest(${table}.SamplingRate, 1)`;
  const columns = [
    ...rowKeys(plan, table),
    ...binOf(ms(`${table}.TimeStart`), stepMs),
    ...counters.map((name, i) => {
      const counter = `${table}.${name}`;
      return `toUInt128(${plan.scaled ? scaledBy(counter, rate) : counter}) AS ${SHARES[i]}`;
    }),
  ];
  return (
    `SELECT ${columns.join(", ")} FROM ${source}` +
    ` WHERE ${whole} AND ${condition} AND (${predicate(table, plan.where)})`
  );
}

/** The start of the bin of a time. */
export function binOf(time: string, stepMs: number | null): string[] {
  return stepMs === null ? [] : [`toInt64(intDiv(${time}, ${stepMs}) * ${stepMs}) AS bin`];
}

/**
 * The share of flows in the range, or in each bin of it. Each step is a query of its own over the columns of the one
 * before: the engine takes far longer to analyse one expression in which the columns are nested.
 */
function cutRows(
  plan: AggregatePlan,
  counters: readonly SpreadCounter[],
  { table, source, condition }: FlowTable,
  range: Range,
  stepMs: number | null,
): string {
  const { fromMs, toMs } = range;
  const keys = plan.by.flatMap(({ binMs }, i) => (binMs === undefined ? [`g${i}`] : []));
  const list = (...columns: readonly string[][]): string => [...keys, ...columns.flat()].join(", ");
  const each = (column: (i: number, counter: string) => string): string[] => counters.map((name, i) => column(i, name));
  const read =
    `SELECT ${[...rowKeys(plan, table), timesOf(table), ...each((i, name) => `${table}.${name} AS c${i}`)].join(", ")}` +
    `${plan.scaled ? `, greatest(${table}.SamplingRate, 1) AS rate` : ""} FROM ${source}` +
    ` WHERE ${inRange(range)} AND ${condition} AND (${predicate(table, plan.where)})`;
  const total = (i: number): string => `${plan.scaled ? scaledBy(`c${i}`, "rate") : `c${i}`} AS total${i}`;
  const starts = `SELECT ${list([START, "e"], each(total))} FROM (${read})`;
  const lives = `SELECT ${list(
    ["s", LIFE],
    each((i) => `total${i}`),
  )} FROM (${starts})`;
  const flows = `SELECT * FROM (${lives}) WHERE s < ${toMs} AND s + life > ${fromMs}`;
  const shares = (from: string, to: string): string[] => each((i) => share(`total${i}`, from, to));
  if (stepMs === null) {
    const parts = shares(String(fromMs), String(toMs)).map((part, i) => `toUInt128(${part}) AS ${SHARES[i]}`);
    return `SELECT ${list(parts)} FROM (${flows})`;
  }
  const first = `intDiv(greatest(s, toInt64(${fromMs})), ${stepMs})`;
  const last = `intDiv(least(s + life, toInt64(${toMs})) - 1, ${stepMs})`;
  const bin = `toInt64(arrayJoin(range(${first}, ${last} + 1)) * ${stepMs}) AS bin`;
  const bins = `SELECT ${list(
    ["s", "life", bin],
    each((i) => `total${i}`),
  )} FROM (${flows})`;
  // A segment may begin or end within a bin.
  const edges = `greatest(bin, toInt64(${fromMs})) AS f, least(bin + ${stepMs}, toInt64(${toMs})) AS t`;
  const cut = `SELECT ${list(
    ["s", "life", "bin", edges],
    each((i) => `total${i}`),
  )} FROM (${bins})`;
  const parts = shares("f", "t").map((part, i) => `toUInt128(${part}) AS ${SHARES[i]}`);
  return `SELECT ${list(["bin"], parts)} FROM (${cut})`;
}
