import { type AggregatePlan, comparesFlows, type FlowsPlan, KIND_BYTES, valueByName } from "@ngflow/flows";
import { aggregated, isAdded, statisticSql, SUM } from "./aggregate-sql.ts";
import { tierOf } from "./collector-tables.ts";
import { groupNames, type RowSource, rowsOf, textOf } from "./group-rows.ts";
import { lookupSql } from "./lookup-sql.ts";
import { predicate } from "./predicate.ts";
import { previousAggregate } from "./previous.ts";
import type { Rolled } from "./rolled.ts";
import { cityHash, isWide, type KeyHash, wideTotals } from "./wide-groups.ts";
import { receivedIn } from "./received-in.ts";
import { rowsOfTiers, sourceOf } from "./row-sources.ts";
import { chosenRows } from "./seen-once.ts";
import { inRange } from "./spread-rows.ts";

/**
 * ClickHouse SQL of a query tree. It contains only column names of the table, integers, and addresses formatted here,
 * so no text of a user reaches ClickHouse's parser.
 *
 * A flow's bytes are spread evenly over [TimeStart, TimeEnd): up to time t they are floor(bytes * (t - start) /
 * duration), so the shares of adjacent bins differ from the exact ones by less than one and always sum to the total. A
 * flow without duration belongs to the bin of its start. Counters are multiplied by the sampling rate first
 * (`scaledCounter`). Rows of a roll-up are such shares; what it does not have is read from the flows.
 */
export const clickhouseDialect = {
  /**
   * `without`: parts of the first tier that are left out. `hash`: how wide keys are found; null groups by the keys
   * themselves.
   */
  aggregate(
    plan: AggregatePlan,
    rolled: Rolled,
    without: readonly string[] = [],
    hash: KeyHash | null = cityHash,
  ): string {
    if (plan.previous !== undefined) return previousAggregate(plan, plan.previous, rolled, without);
    const rows = rowsOf(plan, (stepMs) => rowsOfTiers(plan, rolled, { stepMs, without }));
    const { value, isThere } = aggregated(plan.measure);
    if (plan.by.length > 0) {
      if (plan.stepMs !== null) return groupSeries(plan, rows);
      if (plan.statistic !== "total" || plan.order !== "total") return groupStatistics(plan, rows);
      // What compares flows is read once: it would compare them again for each reading.
      if (hash === null || !isWide(plan) || comparesFlows(plan.duplicates))
        return groupTotals(plan, totalsOf(plan, rows(null)));
      return groupTotals(plan, wideTotals(plan, rows(null), hash), " HAVING kept OR value > 0");
    }
    if (plan.stepMs !== null)
      return `SELECT bin AS time, ${value} AS value FROM (${rows(plan.stepMs)}) GROUP BY bin HAVING ${isThere} ORDER BY time`;
    if (plan.statistic === "total") return `SELECT ${value} AS value FROM (${rows(null)})`;
    const bins = `SELECT bin, ${SUM} AS b FROM (${rows(plan.binMs)}) GROUP BY bin`;
    return `SELECT ${statisticSql(plan, plan.statistic)} AS value FROM (${bins})`;
  },

  /** `collectors`: others whose flows are read besides. */
  flows(plan: FlowsPlan, without: readonly string[] = [], collectors: readonly string[] = []): string {
    const { table } = plan.tier;
    const columns = [
      ...plan.columns.map((column) => `${textOf(column, column)} AS \`${column}.text\``),
      // Names by a column that is there are put in when the answer is written.
      ...plan.names
        .filter(({ lookup }) => lookup.table === undefined)
        .map(({ name, lookup }) => `${lookupSql(table, lookup)} AS ${name}`),
    ];
    const others = collectors.map((collector) => tierOf(plan.tier, collector).table);
    const first = { table, source: sourceOf(table, without) };
    const more = others.map((other) => ({ table: other, source: other }));
    if (comparesFlows(plan.duplicates))
      return `SELECT ${columns.join(", ")} FROM ${chosenRows(plan, [first, ...more])} ${chosen(plan)}`;
    const [own, ...rest] = [first, ...more].map((one) => {
      const order = chosen({ ...plan, tier: { ...plan.tier, table: one.table } });
      return `FROM ${one.source} ${order}`;
    });
    if (rest.length === 0) return `SELECT ${columns.join(", ")} ${own}`;
    // The first ones of each, so that each is read in its order.
    const each = [own, ...rest].map((rows) => `SELECT * FROM (SELECT * ${rows})`);
    return `SELECT ${columns.join(", ")} FROM (${each.join(" UNION ALL ")}) AS ${table} ${chosen(plan)}`;
  },
};

/** Which flows are shown, and in which order. */
function chosen(plan: FlowsPlan): string {
  const { table } = plan.tier;
  const range = plan.arrival ? receivedIn(table, plan) : inRange(plan);
  return (
    `WHERE ${range} AND (${predicate(table, plan.where)})` +
    ` ORDER BY ${sortSql(plan)}${table}.TimeReceived DESC, ${table}.TimeEnd DESC, ${table}.TimeStart DESC LIMIT ${plan.limit}`
  );
}

/** What rows are sorted by before their time; the names of the columns that are shown hide those of the table. */
function sortSql({ tier, sort }: FlowsPlan): string {
  return sort === null ? "" : `${tier.table}.${sort.column} ${sort.largestFirst ? "DESC" : "ASC"}, `;
}

/** The value of every group, as columns g0… and w0…. */
function totalsOf(plan: AggregatePlan, rows: string): string {
  const { keys } = groupNames(plan);
  const { states, isThere } = aggregated(plan.measure);
  const columns = states.map((state, i) => `${state} AS w${i}`).join(", ");
  return `SELECT ${keys}, ${columns}, 1 AS whole FROM (${rows}) GROUP BY ${keys} HAVING ${isThere}`;
}

/**
 * The largest groups and the group of all others. Few groups are put in order by all their keys: those whose value is
 * among the largest. `whole`: the row is one group; other rows are parts of the group of all others.
 */
function groupTotals(plan: AggregatePlan, totals: string, having = ""): string {
  const { keys, names, shown } = groupNames(plan);
  const { states, order, merged } = aggregated(plan.measure);
  const kept = states.map((_, i) => `w${i}`).join(", ");
  const ranked =
    `SELECT *, row_number() OVER (ORDER BY whole DESC, ${order} DESC, ${keys}) <= ${plan.top} AND whole AS kept` +
    ` FROM (SELECT ${keys}, ${kept}, whole FROM (${totals}))`;
  return (
    `SELECT ${shown}, ${merged} AS value FROM (${ranked})` +
    ` GROUP BY kept, ${names}${having} ORDER BY kept DESC, value DESC, ${names}`
  );
}

/** Most bins of all groups together that are kept in memory, so that rows are read once. */
const SERIES_CELLS = 2 ** 20;

/** Whether all bins of all groups fit, whatever the flows are: keys of one byte have 256 groups. */
function isSmallSeries({ by, measure, order, fromMs, toMs, stepMs }: AggregatePlan): boolean {
  if (order !== "total" || !isAdded(measure)) return false;
  const bytes = by.reduce((sum, { value }) => sum + KIND_BYTES[valueByName(value).kind], 0);
  return 256 ** bytes * ((toMs - fromMs) / stepMs! + 1) <= SERIES_CELLS;
}

/** The same as `groupSeries`, of groups that are few: the bins of every group are summed first. */
function smallSeries(plan: AggregatePlan, rows: RowSource): string {
  const { keys, names, shown } = groupNames(plan);
  const bins = `SELECT ${keys}, bin, ${SUM} AS w FROM (${rows(plan.stepMs)}) GROUP BY ${keys}, bin HAVING w > 0`;
  const totals = `SELECT *, sum(w) OVER (PARTITION BY ${keys}) AS whole FROM (${bins})`;
  const ranked = `SELECT *, dense_rank() OVER (ORDER BY whole DESC, ${keys}) <= ${plan.top} AS kept FROM (${totals})`;
  return (
    `SELECT bin AS time, ${shown}, sum(w) AS value FROM (${ranked})` +
    ` GROUP BY bin, kept, ${names} ORDER BY time, kept DESC, value DESC, ${names}`
  );
}

/** Bins of the groups that are largest over the whole range, and of all others. */
function groupSeries(plan: AggregatePlan, rows: RowSource): string {
  if (isSmallSeries(plan)) return smallSeries(plan, rows);
  const { keys, names, shown } = groupNames(plan);
  const { value, isThere } = aggregated(plan.measure);
  const largest =
    plan.order === "total"
      ? `SELECT ${keys} FROM (${rows(null)}) GROUP BY ${keys} HAVING ${isThere} ORDER BY ${value} DESC, ${keys} LIMIT ${plan.top}`
      : largestByBins(plan, rows);
  return (
    `SELECT bin AS time, ${shown}, ${value} AS value` +
    ` FROM (SELECT *, (${keys}) IN (${largest}) AS kept FROM (${rows(plan.stepMs)}))` +
    ` GROUP BY bin, kept, ${names} HAVING ${isThere} ORDER BY time, kept DESC, value DESC, ${names}`
  );
}

/** A statistic of the bins of the largest groups, and of the bins of all others together. */
function groupStatistics(plan: AggregatePlan, rows: RowSource): string {
  const { keys, names, shown } = groupNames(plan);
  const bins =
    `SELECT bin, kept, ${shown}, ${SUM} AS b` +
    ` FROM (SELECT *, (${keys}) IN (${largestByBins(plan, rows)}) AS kept FROM (${rows(plan.binMs)}))` +
    ` GROUP BY bin, kept, ${names} HAVING b > 0`;
  return (
    `SELECT ${names}, ${statisticSql(plan, plan.statistic)} AS value FROM (${bins})` +
    ` GROUP BY kept, ${names} ORDER BY kept DESC, value DESC, ${names}`
  );
}

/** The groups that are largest by a statistic of their bins. */
function largestByBins(plan: AggregatePlan, rows: RowSource): string {
  const { keys } = groupNames(plan);
  const bins = `SELECT ${keys}, bin, ${SUM} AS b FROM (${rows(plan.binMs)}) GROUP BY ${keys}, bin HAVING b > 0`;
  return `SELECT ${keys} FROM (${bins}) GROUP BY ${keys} ORDER BY ${statisticSql(plan, plan.order)} DESC, ${keys} LIMIT ${plan.top}`;
}
