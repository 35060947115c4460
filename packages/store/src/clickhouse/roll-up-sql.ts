import { type ColumnName, SERVICE_PORTS, type Tier } from "@ngflow/flows";
import type { RollUpStep } from "../ledger/ledger-file.ts";
import {
  BLOCK_COLUMN,
  columnDefinitions,
  dimensionsOf,
  FIRST_COLUMN,
  FLOWS_COLUMN,
  nextOf,
  RECEIVED_COLUMN,
  STEP_COLUMN,
} from "./ddl.ts";
import type { Located } from "./cluster.ts";
import { servicePortSql } from "./derived-sql.ts";
import { scaledCounter } from "./scaled.ts";
import { lifeOf, share, time } from "./spread.ts";
import { type Row, sqlString } from "./sql-text.ts";

/**
 * Flows that last longer are copied instead of rolled up, so that a flow is in few bins whatever its exporter says.
 * Exporters end a flow after a minute to half an hour.
 */
const LONG_MS = 900_000;
/** Later times are not rolled up (the year 2286): they are wrong, and must not exceed what a bin can be. */
const LAST_MS = 10_000_000_000_000;
/** Whether a flow is rolled up; of the columns of `lifeOf`. */
const IS_SHORT = `life <= ${LONG_MS} AND s >= 0 AND e < ${LAST_MS}`;

/** Grouping may use the disk. */
const GROUPING = " SETTINGS max_threads = 2, max_bytes_before_external_group_by = 268435456";
/** One part for each day: a day of a step is added whole or not at all. */
const SETTINGS =
  `${GROUPING}, min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0,` +
  " max_partitions_per_insert_block = 0";

/** The rows of the flows that a step takes. */
export function rowsOfStep(step: RollUpStep): string {
  if (step.kind === "blocks") {
    const from = Math.min(...step.blocks.map(({ minMs }) => minMs));
    const to = Math.max(...step.blocks.map(({ maxMs }) => maxMs));
    const ids = step.blocks.map(({ id }) => BigInt(`0x${id}`));
    return `TimeReceived BETWEEN ${time(from)} AND ${time(to)} AND ${BLOCK_COLUMN} IN (${ids.join(", ")})`;
  }
  const range = `TimeReceived >= ${time(step.fromMs)} AND TimeReceived < ${time(step.toMs)}`;
  return `toDate(TimeReceived) = ${sqlString(step.day)} AND ${range} AND ${notOf(step.except)}`;
}

/** Rows of a day that are not in the roll-ups. */
export function rowsFrom(day: string, fromMs: number | null, except: readonly string[]): string {
  const from = fromMs === null ? "" : ` AND TimeReceived >= ${time(fromMs)}`;
  return `toDate(TimeReceived) = ${sqlString(day)}${from} AND ${notOf(except)}`;
}

function notOf(ids: readonly string[]): string {
  if (ids.length === 0) return "1";
  return `${BLOCK_COLUMN} NOT IN (${ids.map((id) => BigInt(`0x${id}`)).join(", ")})`;
}

/** What a step takes that was received on a day. */
export interface StepDay {
  readonly day: string;
  /** How many bins of a width its flows are in, all together. */
  readonly bins: number;
  /** Whether some of its flows last too long to be rolled up. */
  readonly hasLong: boolean;
}

/** Rows of `stepDays`: the days on which the flows of a step were received. */
export function daysOfStep({ table }: Tier, step: RollUpStep, binMs: number): string {
  const flows = `SELECT toDate(TimeReceived) AS day, ${lifeOf(table)} FROM ${table} WHERE ${rowsOfStep(step)}`;
  const bins = `sumIf(intDiv(e, ${binMs}) - intDiv(s, ${binMs}) + 1, ${IS_SHORT})`;
  return `SELECT toString(day), ${bins}, countIf(NOT (${IS_SHORT})) FROM (${flows}) GROUP BY day ORDER BY day`;
}

export function stepDays(rows: readonly Row[]): readonly StepDay[] {
  return rows.map(([day, bins, long]) => ({ day: String(day), bins: Number(bins), hasLong: Number(long) > 0 }));
}

/**
 * Spreads the flows of a step that were received on a day over the bins of a roll-up, into its `next` table, or into
 * its own with the number of the step: that is one part. The dimensions and the bin should not exceed 32 bytes:
 * grouping by more takes far longer.
 */
export function collect(
  flows: Tier,
  tier: Tier,
  step: RollUpStep,
  day: string,
  { number, facts }: { readonly number?: number; readonly facts?: Located | undefined } = {},
): string {
  const bin = tier.resolutionMs!;
  // The bin of the end is one more than the last one of the life when the flow ends at its edge.
  const last = `greatest(intDiv(s + life - 1, ${bin}), intDiv(e, ${bin}))`;
  const keys = dimensionsOf(tier).join(", ");
  const isServicePort = (name: ColumnName): boolean =>
    tier.servicePorts === true && SERVICE_PORTS.some((port) => port === name);
  const values = dimensionsOf(tier).map((name) =>
    isServicePort(name) ? `${servicePortSql((column) => `${flows.table}.${column}`, name)} AS ${name}` : name,
  );
  const lives =
    `SELECT ${values.join(", ")}, ${scaledCounter("Bytes")} AS b, ${scaledCounter("Packets")} AS p,` +
    ` ${lifeOf(flows.table)}, intDiv(s, ${bin}) AS first, ${last} AS last FROM ${flows.table} WHERE ${rowsOfStep(step)}` +
    ` AND toDate(TimeReceived) = ${sqlString(day)} AND ${IS_SHORT}`;
  const bins = `SELECT *, toUInt32(arrayJoin(range(first, last + 1))) AS bin FROM (${lives})`;
  // Most flows are in one bin: theirs need no division.
  const sum = (total: string): string =>
    `sum(toUInt128(if(first = last, ${total}, ${share(total, `bin * toInt64(${bin})`, `(bin + 1) * toInt64(${bin})`)})))`;
  const start = time(`bin * toInt64(${bin})`);
  const sums = `toDate(${sqlString(day)}), ${start}, ${keys}, ${sum("b")}, ${sum("p")}, countIf(intDiv(e, ${bin}) = bin)`;
  const rows = `FROM (${bins}) GROUP BY bin, ${keys}`;
  return number === undefined
    ? `INSERT INTO ${nextOf(tier)} SELECT ${sums} ${rows}${GROUPING}`
    : `INSERT INTO ${tier.table} (${namesOf(tier, facts)}) SELECT ${sums}, ${number}${facts?.cluster === undefined ? "" : `, ${number}`}` +
        ` ${rows}${SETTINGS}${tokenOf(facts, tier, number)}`;
}

/** The columns of a roll-up's table. */
function namesOf(tier: Tier, facts?: Located): string {
  const first = facts?.cluster === undefined ? "" : `, ${FIRST_COLUMN}`;
  return `${RECEIVED_COLUMN}, TimeStart, ${dimensionsOf(tier).join(", ")}, Bytes, Packets, ${FLOWS_COLUMN}, ${STEP_COLUMN}${first}`;
}

/** By this the shards of a cluster know a step that an insert without an answer has added. */
function tokenOf(facts: Located | undefined, { table }: Tier, number: number): string {
  return facts?.cluster === undefined ? "" : `, insert_deduplication_token = '${table}-${number}'`;
}

/** Adds what a `next` table has to a roll-up with the same or wider bins, but for days that have it already. */
export function add(from: Tier, tier: Tier, step: number, except: readonly string[]): string {
  const bin = tier.resolutionMs!;
  const keys = dimensionsOf(tier).join(", ");
  const start = time(`intDiv(toUnixTimestamp64Milli(TimeStart), ${bin}) * ${bin}`);
  const without = except.length === 0 ? "" : ` WHERE ${RECEIVED_COLUMN} NOT IN (${except.map(sqlString).join(", ")})`;
  return (
    `INSERT INTO ${tier.table} (${namesOf(tier)}) SELECT ${RECEIVED_COLUMN}, ${start} AS bin, ${keys}, sum(Bytes), sum(Packets),` +
    ` sum(${FLOWS_COLUMN}), ${step} FROM ${nextOf(from)}${without} GROUP BY ${RECEIVED_COLUMN}, bin, ${keys}${SETTINGS}`
  );
}

/** Copies the flows of a step that are not rolled up, but for days that have them already. */
export function copyLong(
  flows: Tier,
  long: Tier,
  step: RollUpStep,
  {
    number,
    except,
    facts,
  }: { readonly number: number; readonly except: readonly string[]; readonly facts?: Located | undefined },
): string {
  const names = [...columnDefinitions(long).keys()].filter((name) => name !== BLOCK_COLUMN).join(", ");
  const rest = except.length === 0 ? "" : ` AND toDate(TimeReceived) NOT IN (${except.map(sqlString).join(", ")})`;
  const rows = `SELECT ${names}, ${lifeOf(flows.table)} FROM ${flows.table} WHERE ${rowsOfStep(step)}${rest} AND NOT (${IS_SHORT})`;
  return `INSERT INTO ${long.table} (${names}, ${BLOCK_COLUMN}) SELECT ${names}, ${number} FROM (${rows})${SETTINGS}${tokenOf(facts, long, number)}`;
}

/** The days that have rows of a step. */
export function daysWithStep({ table, resolutionMs }: Tier, number: number): string {
  const [day, step] = resolutionMs === null ? ["toDate(TimeReceived)", BLOCK_COLUMN] : [RECEIVED_COLUMN, STEP_COLUMN];
  return `SELECT DISTINCT toString(${day}) FROM ${table} WHERE ${step} = ${number}`;
}

/** Rows received in each second of a day, of those that are not rolled up. */
export function rowsPerSecond({ table }: Tier, day: string, fromMs: number | null, except: readonly string[]): string {
  return (
    `SELECT toUnixTimestamp(toDateTime(TimeReceived, 'UTC')) AS second, count() FROM ${table}` +
    ` WHERE ${rowsFrom(day, fromMs, except)} GROUP BY second ORDER BY second`
  );
}
