import { type AggregatePlan, comparesFlows, longOf, type Segment, valueByName } from "@ngflow/flows";
import { COUNTERS, SHARES } from "./aggregate-sql.ts";
import { tierOf, tiersOf } from "./collector-tables.ts";
import { FLOWS_COLUMN } from "./ddl.ts";
import { dimensionSql, valueSql } from "./derived-sql.ts";
import { predicate } from "./predicate.ts";
import { receivedIn } from "./received-in.ts";
import { hasParts, partsOfState, type Rolled } from "./rolled.ts";
import { scaledCounter } from "./scaled.ts";
import { chosenRows } from "./seen-once.ts";
import { ms, time } from "./spread.ts";
import { binOf, type FlowTable, type Range, rowKeys, type SpreadCounter, spreadRows } from "./spread-rows.ts";
import { sqlString } from "./sql-text.ts";

/** How the rows of an aggregate are read. */
export interface Reading {
  /** Width of the bins; null for one total. */
  readonly stepMs: number | null;
  /** Parts of the first tier that are left out. */
  readonly without: readonly string[];
}

/** The table, or its rows that are not in some parts. */
export function sourceOf(table: string, without: readonly string[]): string {
  if (without.length === 0) return table;
  return `(SELECT * FROM ${table} WHERE _part NOT IN (${without.map(sqlString).join(", ")})) AS ${table}`;
}

/**
 * Rows `g0…, [bin,] v` of an aggregate: values of groups, in any order and in any number of pieces. Those of other
 * collectors are read in the same way, each from its own tables.
 */
export function rowsOfTiers(plan: AggregatePlan, rolled: Rolled, { stepMs, without }: Reading): string {
  const all = [
    { plan, rolled, without },
    ...(rolled.others ?? []).map((other) => {
      return { plan: planOf(plan, other.collector ?? ""), rolled: other, without: [] };
    }),
  ].map((each) => {
    const { table } = each.plan.tiers[0];
    return { ...each, flows: { table, source: sourceOf(table, each.without) } };
  });
  if (comparesFlows(plan.duplicates)) {
    const [own, ...others] = all.map(({ flows }) => flows);
    return rowsOfCollector(plan, rolled, { source: chosenRows(plan, [own!, ...others]), stepMs });
  }
  const rows = all.map((each) => rowsOfCollector(each.plan, each.rolled, { source: each.flows.source, stepMs }));
  return rows.join(" UNION ALL ");
}

/** A plan with the tables of another collector. */
function planOf(plan: AggregatePlan, collector: string): AggregatePlan {
  const segments = plan.segments.map((segment) => ({ ...segment, tier: tierOf(segment.tier, collector) }));
  return { ...plan, tiers: tiersOf(plan.tiers, collector), segments };
}

/**
 * Each segment is read from its tier. Where that is a roll-up, the flows that are not in it are added: those that were
 * not rolled up yet, and those that last too long.
 */
function rowsOfCollector(
  plan: AggregatePlan,
  rolled: Rolled,
  { source, stepMs }: { readonly source: string; readonly stepMs: number | null },
): string {
  const { table } = plan.tiers[0];
  const long = longOf(plan.tiers);
  const isRollUp = ({ tier }: Segment): boolean => tier.resolutionMs !== null;
  const pieces = plan.segments.map((segment) =>
    isRollUp(segment)
      ? rollUpRows(plan, segment, partsOfState(rolled, segment.tier), stepMs)
      : flowRows(plan, { table, source, condition: "1" }, segment, stepMs),
  );
  for (const range of joined(plan.segments.filter(isRollUp))) {
    if (rolled.unrolled !== null)
      pieces.push(flowRows(plan, { table, source, condition: rolled.unrolled }, range, stepMs));
    if (long !== undefined && hasParts(rolled, long.table)) {
      const since = plan.longFromMs === 0 ? "" : ` AND ${long.table}.TimeReceived >= ${time(plan.longFromMs)}`;
      const condition = `${partsOfState(rolled, long)}${since}`;
      pieces.push(flowRows(plan, { table: long.table, source: long.table, condition }, range, stepMs));
    }
  }
  if (rolled.live !== undefined)
    pieces.push(flowRows(plan, { ...rolled.live, source: rolled.live.table }, plan, stepMs));
  return pieces.join(" UNION ALL ");
}

/** Ranges without those that continue another one. */
function joined(segments: readonly Range[]): Range[] {
  const ranges: Range[] = [];
  for (const { fromMs, toMs } of segments) {
    const last = ranges.at(-1);
    if (last?.toMs === fromMs) ranges[ranges.length - 1] = { fromMs: last.fromMs, toMs };
    else ranges.push({ fromMs, toMs });
  }
  return ranges;
}

/** What is spread; undefined if flows are counted. */
function countersOf({ measure }: AggregatePlan): readonly SpreadCounter[] | undefined {
  return measure.kind === "flows" || "of" in measure ? undefined : COUNTERS[measure.kind];
}

/** Sums of whole bins. */
function rollUpRows(
  plan: AggregatePlan,
  { tier, fromMs, toMs }: Segment,
  parts: string,
  stepMs: number | null,
): string {
  const { table } = tier;
  const values = (countersOf(plan) ?? [FLOWS_COLUMN]).map((name, i) => `toUInt128(${table}.${name}) AS ${SHARES[i]}`);
  const columns = [...rowKeys(plan, table), ...binOf(ms(`${table}.TimeStart`), stepMs), ...values];
  return (
    `SELECT ${columns.join(", ")} FROM ${table} WHERE ${parts}` +
    ` AND TimeStart >= ${time(fromMs)} AND TimeStart < ${time(toMs)} AND (${predicate(table, plan.where)})`
  );
}

function flowRows(plan: AggregatePlan, flows: FlowTable, range: Range, stepMs: number | null): string {
  const counters = countersOf(plan);
  if (plan.arrival) return receivedRows(plan, counters, flows, range, stepMs);
  if (counters === undefined) return countedRows(plan, flows, range, stepMs);
  return spreadRows(plan, counters, flows, range, stepMs);
}

/** The flows that ended in the range, each counted once, or with the value whose different ones are counted. */
function countedRows(
  plan: AggregatePlan,
  { table, source, condition }: FlowTable,
  { fromMs, toMs }: Range,
  stepMs: number | null,
): string {
  const columns = [...rowKeys(plan, table), ...binOf(ms(`${table}.TimeEnd`), stepMs), `${counted(plan, table)} AS v`];
  return (
    `SELECT ${columns.join(", ")} FROM ${source}` +
    ` WHERE TimeEnd >= ${time(fromMs)} AND TimeEnd < ${time(toMs)} AND ${condition} AND (${predicate(table, plan.where)})`
  );
}

/** What a flow counts as: one, or the value that is looked at. */
function counted({ measure }: AggregatePlan, table: string): string {
  if (measure.kind === "distinct") return dimensionSql(table, measure.of);
  if (measure.kind !== "min" && measure.kind !== "max") return "toUInt128(1)";
  const value = valueSql(table, measure.of);
  return valueByName(measure.of).kind === "ms" ? ms(value) : value;
}

/** The flows that were received in the range, each as a whole. */
function receivedRows(
  plan: AggregatePlan,
  counters: readonly SpreadCounter[] | undefined,
  { table, source, condition }: FlowTable,
  { fromMs, toMs }: Range,
  stepMs: number | null,
): string {
  const total = (counter: string): string =>
    plan.scaled ? scaledCounter(`${table}.${counter}`) : `${table}.${counter}`;
  const values = counters?.map((counter, i) => `toUInt128(${total(counter)}) AS ${SHARES[i]}`) ?? [
    `${counted(plan, table)} AS v`,
  ];
  const columns = [...rowKeys(plan, table), ...binOf(ms(`${table}.TimeReceived`), stepMs), ...values];
  return (
    `SELECT ${columns.join(", ")} FROM ${source} WHERE ${receivedIn(table, { fromMs, toMs })}` +
    ` AND ${condition} AND (${predicate(table, plan.where)})`
  );
}
