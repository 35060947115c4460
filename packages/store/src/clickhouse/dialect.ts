import {
  type AggregatePlan,
  type Dialect,
  type Dimension,
  type FlowsPlan,
  valueByName,
  type ValueName,
} from "@ngflow/flows";
import { FLOWS_COLUMN } from "./ddl.ts";
import { aggregated, COUNTERS, SHARES, statisticSql, SUM } from "./aggregate-sql.ts";
import { dimensionSql } from "./derived-sql.ts";
import { predicate } from "./predicate.ts";
import { scaledCounter } from "./scaled.ts";
import { sqlString } from "./sql-client.ts";

/**
 * Longest duration over which a flow is spread, in milliseconds (49.7 days): the products in `until` must fit 64 bits.
 */
const MAX_SPREAD_MS = 0xffff_ffff;

/**
 * ClickHouse SQL of a query tree. It contains only column names of the table, integers, and addresses formatted here,
 * so no text of a user reaches ClickHouse's parser.
 *
 * A flow's bytes are spread evenly over [TimeStart, TimeEnd): up to time t they are floor(bytes * (t - start) /
 * duration), so the shares of adjacent bins differ from the exact ones by less than one and always sum to the total. A
 * flow without duration belongs to the bin of its start. Counters are multiplied by the sampling rate first
 * (`scaledCounter`). A row of a roll-up is spread over its bin in the same way, and every bin of a plan that reads a
 * roll-up consists of whole bins of the roll-up, so its answer is exact.
 */
export const clickhouseDialect: Dialect = {
  name: "clickhouse",

  aggregate(plan: AggregatePlan, without: readonly string[] = []): string {
    const rows = rowsOf(plan, sourceOf(plan.tier.table, without));
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
      `SELECT ${columns.join(", ")} FROM ${sourceOf(table, without)} WHERE ${inRange(plan.fromMs, plan.toMs)} AND (${predicate(table, plan.where)})` +
      ` ORDER BY ${table}.TimeReceived DESC, ${table}.TimeEnd DESC, ${table}.TimeStart DESC LIMIT ${plan.limit}`
    );
  },
};

/** The table, or its rows that are not in some parts. */
function sourceOf(table: string, without: readonly string[]): string {
  if (without.length === 0) return table;
  return `(SELECT * FROM ${table} WHERE _part NOT IN (${without.map(sqlString).join(", ")})) AS ${table}`;
}

/** Rows `g0…, [bin,] v[, p]`: what is aggregated, by group and by bins of a step. */
type RowSource = (stepMs: number | null) => string;

function rowsOf(plan: AggregatePlan, source: string): RowSource {
  const isSpread = ["bytes", "packets", "bpp"].includes(plan.measure.kind);
  const rows = isSpread ? spreadRows(plan, source) : countedRows(plan, source);
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

/** The keys of a row that do not depend on a bin. */
function rowKeys({ by, tier }: AggregatePlan): string[] {
  return by.flatMap((dimension, i) =>
    dimension.binMs === undefined ? [`${dimensionSql(tier.table, dimension)} AS g${i}`] : [],
  );
}

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

/** Rows of the flows that ended in the range, each counted once, or with the value whose different ones are counted. */
function countedRows(plan: AggregatePlan, source: string): RowSource {
  const { table, resolutionMs } = plan.tier;
  const flows = resolutionMs === null ? "toUInt64(1)" : FLOWS_COLUMN;
  const counted = plan.measure.kind === "distinct" ? dimensionSql(table, plan.measure.of) : flows;
  return (stepMs) => {
    const bin = stepMs === null ? [] : [`intDiv(${ms(`${table}.TimeEnd`)}, ${stepMs}) * ${stepMs} AS bin`];
    return (
      `SELECT ${[...rowKeys(plan), ...bin, `${counted} AS v`].join(", ")} FROM ${source}` +
      ` WHERE TimeEnd >= ${time(plan.fromMs)} AND TimeEnd < ${time(plan.toMs)} AND (${predicate(table, plan.where)})`
    );
  };
}

/** Rows with the share of every flow that is in the range, or in each bin of it. */
function spreadRows(plan: AggregatePlan, source: string): RowSource {
  const { fromMs, toMs } = plan;
  const { table, resolutionMs } = plan.tier;
  const counters = COUNTERS[plan.measure.kind as keyof typeof COUNTERS];
  const totals = counters.map((counter, i) => {
    const total = resolutionMs === null && plan.scaled ? scaledCounter(`${table}.${counter}`) : `${table}.${counter}`;
    return `${total} AS total${i}, intDiv(total${i}, toUInt64(life)) AS q${i}, total${i} % toUInt64(life) AS r${i}`;
  });
  const flows =
    `SELECT ${[...rowKeys(plan), `${ms(`${table}.TimeEnd`)} AS e`].join(", ")},` +
    ` greatest(least(${ms(`${table}.TimeStart`)}, e), e - ${MAX_SPREAD_MS}) AS s, greatest(e - s, 1) AS life,` +
    ` ${totals.join(", ")}` +
    ` FROM ${source} WHERE ${inRange(fromMs, toMs)} AND s < ${toMs} AND s + life > ${fromMs} AND (${predicate(table, plan.where)})`;
  const keys = plan.by.flatMap(({ binMs }, i) => (binMs === undefined ? [`g${i}`] : []));
  return (stepMs) => {
    if (stepMs === null) {
      // Most flows are in the range as a whole: theirs need no division.
      const parts = counters.map((_, i) => {
        const part = share(i, String(fromMs), String(toMs));
        return `if(s >= ${fromMs} AND s + life <= ${toMs}, total${i}, ${part}) AS ${SHARES[i]}`;
      });
      return `SELECT ${[...keys, ...parts].join(", ")} FROM (${flows})`;
    }
    const first = `intDiv(greatest(s, toInt64(${fromMs})), ${stepMs})`;
    const last = `intDiv(least(s + life, toInt64(${toMs})) - 1, ${stepMs})`;
    const bin = `toInt64(arrayJoin(range(${first}, ${last} + 1)) * ${stepMs}) AS bin`;
    // The first and the last bin may be only partly in the range.
    const [from, to] = [`greatest(bin, ${fromMs})`, `least(bin + ${stepMs}, ${toMs})`];
    const isWhole = fromMs % stepMs === 0 && toMs % stepMs === 0;
    const parts = counters.map(
      (_, i) => `${isWhole ? share(i, "bin", `bin + ${stepMs}`) : share(i, from, to)} AS ${SHARES[i]}`,
    );
    return `SELECT ${[...keys, bin, ...parts].join(", ")} FROM (${flows})`;
  };
}

/** Part of a flow's total that is in the interval. */
function share(i: number, from: string, to: string): string {
  return `toUInt64(${until(i, to)} - ${until(i, from)})`;
}

/**
 * Part of a flow's total that passed before time `t`: floor(total * elapsed / life) without a product above 64 bits.
 */
function until(i: number, t: string): string {
  const elapsed = `toUInt64(least(greatest(${t} - s, 0), life))`;
  return `(q${i} * ${elapsed} + intDiv(r${i} * ${elapsed}, toUInt64(life)))`;
}

/** Flows that overlap the range, in a form that can use the minmax indexes. */
function inRange(fromMs: number, toMs: number): string {
  return `TimeEnd >= ${time(fromMs)} AND (TimeStart < ${time(toMs)} OR TimeEnd < ${time(toMs)})`;
}

function time(unixMs: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${unixMs}), 'UTC')`;
}

function ms(column: string): string {
  return `toUnixTimestamp64Milli(${column})`;
}

/** A value as the database returns it: milliseconds for times, text for addresses, digits for the rest. */
function textOf(column: ValueName, expression: string): string {
  return valueByName(column).kind === "ms" ? `toUnixTimestamp64Milli(${expression})` : expression;
}
