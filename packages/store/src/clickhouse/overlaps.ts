import { SAME_TIME_MS } from "@ngflow/flows";
import { ms } from "./spread.ts";

/** Protocols without ports: ICMP and ICMPv6. */
const WITHOUT_PORTS = "(1, 58)";
/** Bits of a time in milliseconds. Those after the year 2527, which is the last, are all one. */
const TIME_BITS = 44;
const LAST_MS = 2 ** TIME_BITS - 1;
/** Bits of a time that is later by SAME_TIME_MS, and of whether it asks or answers. */
const EVENT_BITS = TIME_BITS + 2;
/** The last place of a point among those of a flow: points after it share it. */
const LAST_PLACE = 2 ** (64 - EVENT_BITS) - 1;

/**
 * What is the same in all rows of a flow. Of ICMP some exporters send type and code in fields of their own, and others
 * as a destination port, 256 * type + code; what they send as a source port, if anything, is not the same.
 */
function flowKey(table: string): string {
  const isIcmp = `${table}.Proto IN ${WITHOUT_PORTS}`;
  const type = `toUInt16(256 * ${table}.IcmpType + ${table}.IcmpCode)`;
  const ports = [`if(${isIcmp}, 0, ${table}.SrcPort)`, `if(${isIcmp} AND ${type} != 0, ${type}, ${table}.DstPort)`];
  return `${table}.SrcAddr, ${table}.DstAddr, ${ports.join(", ")}, ${table}.Proto`;
}

/** A flow, in 64 bits. */
const flowOf = (table: string): string => `cityHash64(${flowKey(table)})`;

/** First and last millisecond of a row; one that ends before it starts has the time of its end. */
function lifeOf(table: string): readonly [string, string] {
  const inBits = (time: string): string => `toUInt64(least(greatest(${time}, 0), ${LAST_MS}))`;
  const end = ms(`${table}.TimeEnd`);
  return [inBits(`least(${ms(`${table}.TimeStart`)}, ${end})`), inBits(end)];
}

/** Which row of a flow it is: what rows have in common that are duplicates together. */
interface RowParts {
  readonly flow: string;
  /** The exporter's address as a number, and the direction. */
  readonly point: readonly [string, string];
  readonly life: readonly [string, string];
}

/**
 * A row in 64 bits: the set of all duplicates has to fit into memory. Of ten million rows with four million duplicates,
 * one question in a million takes one row more for a duplicate because two have the same bits.
 */
const rowId = ({ flow, point, life }: RowParts): string => `cityHash64(${[flow, ...point, ...life].join(", ")})`;

function partsOf(table: string): RowParts {
  const point = [`toUInt128(${table}.ExporterAddr)`, `${table}.Direction`] as const;
  return { flow: flowOf(table), point, life: lifeOf(table) };
}

/** Which row of a table it is. */
export function rowOf(table: string): string {
  return rowId(partsOf(table));
}

/**
 * Columns `f, k` of the rows of a table that are compared: the flow, and in 256 bits, from the highest, what else
 * matters of a row: sampling rate (32), exporter (128), direction (8), start and end (44 each). So a flow's rows are in
 * the order of their points as numbers are, and a row in memory is small.
 */
export function comparedColumns(table: string): string {
  const { flow, point, life } = partsOf(table);
  const shifted = (value: string, bits: number): string => `bitShiftLeft(${value}, ${bits})`;
  const low = `bitOr(bitOr(${shifted(`toUInt128(${point[1]})`, 2 * TIME_BITS)}, ${shifted(`toUInt128(${life[0]})`, TIME_BITS)}), ${life[1]})`;
  const rate = shifted(`toUInt256(greatest(${table}.SamplingRate, 1))`, 128 + 8 + 2 * TIME_BITS);
  const exporter = shifted(`toUInt256(${point[0]})`, 8 + 2 * TIME_BITS);
  return `${flow} AS f, bitOr(bitOr(${rate}, ${exporter}), toUInt256(${low})) AS k`;
}

/** The parts of a number `k`. */
const PARTS = {
  point: "bitShiftRight(bitShiftLeft(k, 32), 120)",
  exporter: `toUInt128(bitShiftRight(k, ${8 + 2 * TIME_BITS}))`,
  direction: `toUInt8(bitShiftRight(k, ${2 * TIME_BITS}))`,
  start: `bitAnd(toUInt64(bitShiftRight(k, ${TIME_BITS})), ${LAST_MS})`,
  end: `bitAnd(toUInt64(k), ${LAST_MS})`,
} as const;

/**
 * The rows, as `rowOf`, that are duplicates of rows `f, k`: a better point has a row of the flow at the same time.
 *
 * Rows are grouped by flow, which the database does on disk where there are many; the rest happens in the arrays of a
 * flow, for many flows at once.
 *
 * From the highest sampling rate, exporter and direction down, points are numbered as they first come: so a point has
 * the place of its highest rate, and the best one has place 0. A row asks in turn, for each bit of its place that is
 * set, the rows of those points that have a 0 there and the same bits above: these are all better ones, and each row is
 * in one group for each bit. In a group, a row that is asked is in order by its start; one that asks comes at its end,
 * and looks how far rows before it reach: the largest end so far. The database has no running maximum of an array, but
 * a sum that does not fall below zero: how far each value is below the largest one is that sum of all the descents.
 */
export function overlapping(rows: string): string {
  const flows = `SELECT f, groupArray(k) AS found FROM (${rows}) GROUP BY f HAVING length(found) > 1`;
  const sorted = `SELECT f, arrayReverseSort(found) AS ks FROM (${flows})`;
  const placed =
    `SELECT f, ks, arrayEnumerateDense(arrayMap(k -> ${PARTS.point}, ks)) AS worst, arrayMax(worst) AS points` +
    ` FROM (${sorted}) WHERE points > 1`;
  const bits =
    `SELECT f, ks, arrayMap(w -> toUInt64(least(points - w, ${LAST_PLACE})), worst) AS places,` +
    ` arrayJoin(range(toUInt8(ceil(log2(points))))) AS bit FROM (${placed})`;
  // In the order of events: the group, the time, and whether the row asks.
  const asks = "bitAnd(bitShiftRight(place, bit), 1)";
  const time = `if(${asks} = 1, ${PARTS.end} + ${SAME_TIME_MS}, ${PARTS.start})`;
  const event = `bitShiftLeft(bitShiftRight(place, bit + 1), ${EVENT_BITS}) + 2 * ${time} + ${asks}`;
  const events = `SELECT f, ks, arrayMap((k, place) -> toInt64(${event}), ks, places) AS es FROM (${bits})`;
  const inOrder = `SELECT f, arraySort((k, event) -> event, ks, es) AS each, arraySort(es) AS ordered FROM (${events})`;
  // What a group adds, so that the rows of those before do not reach into it.
  const group = `bitShiftLeft(bitShiftRight(event, ${EVENT_BITS}), ${EVENT_BITS})`;
  const reach = `if(event % 2 = 1, toInt64(0), ${group} + toInt64(${PARTS.end}) + ${SAME_TIME_MS + 1})`;
  const reached = `SELECT f, each, ordered, arrayMap((k, event) -> ${reach}, each, ordered) AS ends FROM (${inOrder})`;
  const below = "arrayCumSumNonNegative(step -> -step, arrayDifference(ends))";
  const isReached = `event % 2 = 1 AND end + less > ${group} + toInt64(${PARTS.start})`;
  const found =
    `SELECT f, arrayJoin(arrayFilter((k, event, end, less) -> ${isReached}, each, ordered, ends, ${below})) AS k` +
    ` FROM (${reached})`;
  const { exporter, direction, start, end } = PARTS;
  return `SELECT ${rowId({ flow: "f", point: [exporter, direction], life: [start, end] })} FROM (${found})`;
}
