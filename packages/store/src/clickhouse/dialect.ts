import { type AggregatePlan, type Dimension, type FlowsPlan, valueByName, type ValueName } from "@ngflow/flows";
import { aggregated, statisticSql, SUM } from "./aggregate-sql.ts";
import { dimensionSql } from "./derived-sql.ts";
import { predicate } from "./predicate.ts";
import type { Rolled } from "./rolled.ts";
import { inRange, rowsOfTiers, sourceOf } from "./row-sources.ts";

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
  /** `without`: parts of the first tier that are left out. */
  aggregate(plan: AggregatePlan, rolled: Rolled, without: readonly string[] = []): string {
    const rows = rowsOf(plan, (stepMs) => rowsOfTiers(plan, rolled, { stepMs, without }));
    const { value, isThere } = aggregated(plan.measure);
    if (plan.by.length > 0) {
      if (plan.stepMs !== null) return groupSeries(plan, rows);
      return plan.statistic === "total" && plan.order === "total"
        ? groupTotals(plan, rows)
        : groupStatistics(plan, rows);
    }
    if (plan.stepMs !== null)
      return `SELECT bin AS time, ${value} AS value FROM (${rows(plan.stepMs)}) GROUP BY bin HAVING ${isThere} ORDER BY time`;
    if (plan.statistic === "total") return `SELECT ${value} AS value FROM (${rows(null)})`;
    const bins = `SELECT bin, ${SUM} AS b FROM (${rows(plan.binMs)}) GROUP BY bin`;
    return `SELECT ${statisticSql(plan, plan.statistic)} AS value FROM (${bins})`;
  },

  flows(plan: FlowsPlan, without: readonly string[] = []): string {
    const { table } = plan.tier;
    const columns = plan.columns.map((column) => `${textOf(column, column)} AS \`${column}.text\``);
    return (
      `SELECT ${columns.join(", ")} FROM ${sourceOf(table, without)} WHERE ${inRange(plan)} AND (${predicate(table, plan.where)})` +
      ` ORDER BY ${table}.TimeReceived DESC, ${table}.TimeEnd DESC, ${table}.TimeStart DESC LIMIT ${plan.limit}`
    );
  },
};

/** Rows `g0…, [bin,] v[, p]`: what is aggregated, by group and by bins of a step. */
type RowSource = (stepMs: number | null) => string;

function rowsOf(plan: AggregatePlan, rows: RowSource): RowSource {
  const binMs = plan.by.flatMap(({ binMs = [] }) => binMs);
  if (binMs.length === 0) return rows;
  // Groups by hour or day: rows are cut into bins that are fine enough for all, then each bin has its hour.
  return (stepMs) => {
    const fineMs = [...binMs, ...(stepMs === null ? [] : [stepMs])].reduce(gcd);
    const groups = plan.by.map((dimension, i) =>
      dimension.binMs === undefined ? `g${i}` : `${dimensionSql("", dimension)} AS g${i}`,
    );
    const step = stepMs === null ? [] : [`intDiv(bin, ${stepMs}) * ${stepMs} AS step`];
    const columns = [...groups, ...step, "v", ...(plan.measure.kind === "bpp" ? ["p"] : [])];
    const cut = `SELECT ${columns.join(", ")} FROM (${rows(fineMs)})`;
    return stepMs === null ? cut : `SELECT * EXCEPT step, step AS bin FROM (${cut})`;
  };
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** The largest groups and the group of all others, in one pass over the flows. */
function groupTotals(plan: AggregatePlan, rows: RowSource): string {
  const { keys, names, shown } = groupNames(plan);
  const { states, order, merged, isThere } = aggregated(plan.measure);
  const columns = states.map((state, i) => `${state} AS w${i}`).join(", ");
  const kept = states.map((_, i) => `w${i}`).join(", ");
  const totals = `SELECT ${keys}, ${columns} FROM (${rows(null)}) GROUP BY ${keys} HAVING ${isThere}`;
  const ranked = `SELECT ${keys}, ${kept}, row_number() OVER (ORDER BY ${order} DESC, ${keys}) <= ${plan.top} AS kept FROM (${totals})`;
  return (
    `SELECT ${shown}, ${merged} AS value FROM (${ranked})` +
    ` GROUP BY kept, ${names} ORDER BY kept DESC, value DESC, ${names}`
  );
}

/** Bins of the groups that are largest over the whole range, and of all others. */
function groupSeries(plan: AggregatePlan, rows: RowSource): string {
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

/** Columns g0… are the keys of a group; columns d0… are what the answer shows, null for the group of all others. */
function groupNames(plan: AggregatePlan): { keys: string; names: string; shown: string } {
  const list = (text: (dimension: Dimension, i: number) => string): string => plan.by.map(text).join(", ");
  return {
    keys: list((_, i) => `g${i}`),
    names: list((_, i) => `d${i}`),
    shown: list(({ value, binMs }, i) => {
      const text = binMs === undefined ? textOf(value, `g${i}`) : `g${i}`;
      return `if(kept, toNullable(${text}), NULL) AS d${i}`;
    }),
  };
}

/** A value as the database returns it: milliseconds for times, text for addresses, digits for the rest. */
function textOf(column: ValueName, expression: string): string {
  return valueByName(column).kind === "ms" ? `toUnixTimestamp64Milli(${expression})` : expression;
}
