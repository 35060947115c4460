import { type AggregatePlan, KIND_BYTES, valueByName } from "@ngflow/flows";
import { SUM } from "./aggregate-sql.ts";
import type { SqlError } from "./sql-client.ts";

/**
 * Keys with more bytes than two addresses have a group for nearly every flow: the largest are found by a hash first.
 */
const NARROW_BYTES = 32;
/** Hashes looked at in addition to the groups asked for: groups with the same total are put in order by their keys. */
const SPARE = 1000;
/** Above it, sums of hashes are rounded, by less than this part of them. */
const EXACT = 2 ** 53;
const SLACK = 1_000_000;

const NOT_SURE = "the largest groups are not sure";

/** A hash of keys as an expression of the database, 64 bits. */
export type KeyHash = (keys: readonly string[]) => string;

export const cityHash: KeyHash = (keys) => `cityHash64(${keys.join(", ")})`;

/** Whether a query failed because a group that was not looked at may be one of the largest. */
export function isNotSure({ message }: SqlError): boolean {
  return message.includes(NOT_SURE);
}

/** Whether the groups of a plan are better found by way of hashes: the totals of bytes or packets of wide keys. */
export function isWide({ by, measure }: AggregatePlan): boolean {
  const bytes = by.reduce((sum, { value }) => sum + KIND_BYTES[valueByName(value).kind], 0);
  return bytes > NARROW_BYTES && (measure.kind === "bytes" || measure.kind === "packets");
}

/**
 * The values of the groups that may be among the largest, and that of all others (`whole` is 0), of rows `g0…, v`.
 *
 * Flows are summed by a hash of their keys, which takes a fifth of the memory and time. A hash has at least the total
 * of each of its groups. The largest hashes are divided into their groups, exactly. All other groups have at most the
 * total of the last hash that was looked at: if fewer than `top` groups have more than that, because more than a
 * thousand groups are equal or groups have the same hash, the query fails (`isNotSure`). Then it has to be made
 * without a hash.
 */
export function wideTotals({ by, top }: AggregatePlan, rows: string, hash: KeyHash): string {
  const keys = by.map((_, i) => `g${i}`);
  const names = keys.join(", ");
  const most = top + SPARE;
  const sums = `SELECT ${hash(keys)} AS h, sum(toFloat64(v)) AS s FROM (${rows}) GROUP BY h ORDER BY s DESC, h LIMIT ${most}`;
  const groups =
    `SELECT ${names}, ${hash(keys)} AS h, ${SUM} AS w FROM (${rows})` +
    ` WHERE ${hash(keys)} IN (SELECT h FROM (${sums})) GROUP BY ${names} HAVING w > 0`;
  const hashes = `SELECT *, sum(w) OVER (PARTITION BY h) AS s FROM (${groups})`;
  const last = `SELECT *, min(s) OVER () AS m, uniqExact(h) OVER () AS n FROM (${hashes})`;
  const least = `(m + if(m < ${EXACT}, 0, intDiv(m, ${SLACK})))`;
  const isSure = `throwIf(n >= ${most} AND countIf(w > ${least}) OVER () < ${top}, '${NOT_SURE}') = 0 AS sure`;
  // A group also counts against the sum of all, which becomes that of the others.
  const signed = keys.map((key) => `if(whole, ${key}, defaultValueOfArgumentType(${key})) AS k_${key}`);
  // Not a value of the keys: nothing but the counter is read for it then.
  const nothing = keys.map(() => "NULL");
  const resolved = `SELECT *, arrayJoin([1, 0]) AS whole FROM (SELECT *, ${isSure} FROM (${last}))`;
  return (
    `SELECT ${keys.map((key) => `k_${key} AS ${key}`).join(", ")}, if(whole, w0, -w0) AS w0, whole FROM` +
    ` (SELECT ${signed.join(", ")}, toInt256(w) AS w0, whole FROM (${resolved}) WHERE sure) UNION ALL` +
    ` SELECT ${nothing.join(", ")}, toInt256(${SUM}), 0 FROM (${rows})`
  );
}
