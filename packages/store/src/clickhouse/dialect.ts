import { type AggregatePlan, columnByName, type ColumnName, type Dialect, type FlowsPlan } from "@ngflow/flows";
import { FLOWS_COLUMN } from "./ddl.ts";
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
    const groups = plan.by.map((column, i) => `${column} AS g${i}`);
    const source = sourceOf(plan.tier.table, without);
    const rows = plan.measure === "flows" ? countedRows(plan, source, groups) : spreadRows(plan, source, groups);
    if (plan.by.length > 0) return plan.stepMs === null ? groupTotals(plan, rows) : groupSeries(plan, rows);
    if (plan.stepMs === null) return `SELECT ${SUM} AS value FROM (${rows(null)})`;
    return `SELECT bin AS time, ${SUM} AS value FROM (${rows(plan.stepMs)}) GROUP BY bin HAVING value > 0 ORDER BY time`;
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

/** Sum of the values of rows; it may need more than 64 bits. */
const SUM = "sum(toUInt128(v))";

type RowSource = (stepMs: number | null) => string;

/** The largest groups and the sum of all others, in one pass over the flows. */
function groupTotals(plan: AggregatePlan, rows: RowSource): string {
  const { keys, names, shown } = groupNames(plan);
  const totals = `SELECT ${keys}, ${SUM} AS w FROM (${rows(null)}) GROUP BY ${keys} HAVING w > 0`;
  const ranked = `SELECT ${keys}, w, row_number() OVER (ORDER BY w DESC, ${keys}) <= ${plan.top} AS kept FROM (${totals})`;
  return (
    `SELECT ${shown}, sum(w) AS value FROM (${ranked})` +
    ` GROUP BY kept, ${names} ORDER BY kept DESC, value DESC, ${names}`
  );
}

/** Bins of the groups that are largest over the whole range, and of the sum of all others. */
function groupSeries(plan: AggregatePlan, rows: RowSource): string {
  const { keys, names, shown } = groupNames(plan);
  const largest = `SELECT ${keys} FROM (${rows(null)}) GROUP BY ${keys} HAVING ${SUM} > 0 ORDER BY ${SUM} DESC, ${keys} LIMIT ${plan.top}`;
  return (
    `SELECT bin AS time, ${shown}, ${SUM} AS value` +
    ` FROM (SELECT *, (${keys}) IN (${largest}) AS kept FROM (${rows(plan.stepMs)}))` +
    ` GROUP BY bin, kept, ${names} HAVING value > 0 ORDER BY time, kept DESC, value DESC, ${names}`
  );
}

/** Columns g0… are the keys of a group; columns d0… are what the answer shows, null for the group of all others. */
function groupNames(plan: AggregatePlan): { keys: string; names: string; shown: string } {
  const list = (text: (column: ColumnName, i: number) => string): string => plan.by.map(text).join(", ");
  return {
    keys: list((_, i) => `g${i}`),
    names: list((_, i) => `d${i}`),
    shown: list((column, i) => `if(kept, toNullable(${textOf(column, `g${i}`)}), NULL) AS d${i}`),
  };
}

/** Rows `g0…, [bin,] v`: the flows that ended in the range, each counted once. */
function countedRows(plan: AggregatePlan, source: string, groups: readonly string[]): RowSource {
  const { table, resolutionMs } = plan.tier;
  const count = resolutionMs === null ? "toUInt64(1)" : FLOWS_COLUMN;
  return (stepMs) => {
    const bin = stepMs === null ? [] : [`intDiv(${ms("TimeEnd")}, ${stepMs}) * ${stepMs} AS bin`];
    return (
      `SELECT ${[...groups, ...bin, `${count} AS v`].join(", ")} FROM ${source}` +
      ` WHERE TimeEnd >= ${time(plan.fromMs)} AND TimeEnd < ${time(plan.toMs)} AND (${predicate(table, plan.where)})`
    );
  };
}

/** Rows `g0…, [bin,] v`: the share of every flow that is in the range, or in each bin of it. */
function spreadRows(plan: AggregatePlan, source: string, groups: readonly string[]): RowSource {
  const counter = plan.measure === "bytes" ? "Bytes" : "Packets";
  const { fromMs, toMs } = plan;
  const { table, resolutionMs } = plan.tier;
  const scaled = resolutionMs === null ? scaledCounter(counter) : counter;
  const flows =
    `SELECT ${[...groups, `${scaled} AS total`, `${ms("TimeEnd")} AS e`].join(", ")},` +
    ` greatest(least(${ms("TimeStart")}, e), e - ${MAX_SPREAD_MS}) AS s, greatest(e - s, 1) AS life,` +
    ` intDiv(total, toUInt64(life)) AS q, total % toUInt64(life) AS r` +
    ` FROM ${source} WHERE ${inRange(fromMs, toMs)} AND s < ${toMs} AND s + life > ${fromMs} AND (${predicate(table, plan.where)})`;
  const keys = plan.by.map((_, i) => `g${i}`);
  return (stepMs) => {
    if (stepMs === null) {
      // Most flows are in the range as a whole: theirs need no division.
      const part = `if(s >= ${fromMs} AND s + life <= ${toMs}, total, ${share(String(fromMs), String(toMs))})`;
      return `SELECT ${[...keys, `${part} AS v`].join(", ")} FROM (${flows})`;
    }
    const first = `intDiv(greatest(s, toInt64(${fromMs})), ${stepMs})`;
    const last = `intDiv(least(s + life, toInt64(${toMs})) - 1, ${stepMs})`;
    const bin = `toInt64(arrayJoin(range(${first}, ${last} + 1)) * ${stepMs}) AS bin`;
    return `SELECT ${[...keys, bin, `${share("bin", `bin + ${stepMs}`)} AS v`].join(", ")} FROM (${flows})`;
  };
}

/** Part of a flow's total that is in the interval. */
function share(from: string, to: string): string {
  return `toUInt64(${until(to)} - ${until(from)})`;
}

/**
 * Part of a flow's total that passed before time `t`: floor(total * elapsed / life) without a product above 64 bits.
 */
function until(t: string): string {
  const elapsed = `toUInt64(least(greatest(${t} - s, 0), life))`;
  return `(q * ${elapsed} + intDiv(r * ${elapsed}, toUInt64(life)))`;
}

/** Flows that overlap the range, in a form that can use the minmax indexes. */
function inRange(fromMs: number, toMs: number): string {
  return `TimeEnd >= ${time(fromMs)} AND (TimeStart < ${time(toMs)} OR TimeEnd < ${time(toMs)})`;
}

function time(unixMs: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${unixMs}), 'UTC')`;
}

function ms(column: ColumnName): string {
  return `toUnixTimestamp64Milli(${column})`;
}

/** A value as the database returns it: milliseconds for times, text for addresses, digits for the rest. */
function textOf(column: ColumnName, expression: string): string {
  return columnByName(column).kind === "ms" ? `toUnixTimestamp64Milli(${expression})` : expression;
}
