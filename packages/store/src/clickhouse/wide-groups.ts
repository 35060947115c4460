import { type AggregatePlan, KIND_BYTES, valueByName } from "@ngflow/flows";
import { SUM } from "./aggregate-sql.ts";

/** Keys with more bytes than two addresses have a group for nearly every flow: most are left out by a hash first. */
const NARROW_BYTES = 32;
/** Buckets of groups: few enough that their table is small, and many enough that few groups share one. */
const BUCKETS = 2 ** 20;
/** Sums of buckets are floating point numbers, which are this far off at most. */
const SLACK = 1.000001;

/** Whether the groups of a plan are better found by way of buckets: the totals of bytes or packets of wide keys. */
export function isWide({ by, measure }: AggregatePlan): boolean {
  const bytes = by.reduce((sum, { value }) => sum + KIND_BYTES[valueByName(value).kind], 0);
  return bytes > NARROW_BYTES && (measure.kind === "bytes" || measure.kind === "packets");
}

/**
 * The values of the groups that may be among the largest, and parts of all others (`whole` is 0), of rows `g0…, v`.
 *
 * A group is in the bucket that a hash of its keys names. A bucket has at least the total of each of its groups, and
 * some group has at least the greatest row of the bucket. So the N-th of the greatest rows of all buckets is a total
 * that N groups reach, and a bucket below it has no group that is among the N largest. Only the rows of the other
 * buckets are grouped by their keys. The answer is exact, whatever the hash is.
 */
export function wideTotals({ by, top }: AggregatePlan, rows: string): string {
  const keys = by.map((_, i) => `g${i}`);
  const bucket = `toUInt32(bitAnd(cityHash64(${keys.join(", ")}), ${BUCKETS - 1}))`;
  const buckets = `SELECT ${bucket} AS h, sum(toFloat64(v)) AS s, max(toFloat64(v)) AS m FROM (${rows}) GROUP BY h`;
  const least = `arrayElement(arrayReverseSort(groupArray(m)), ${top})`;
  const arrays = `SELECT groupArray(h) AS hs, groupArray(s) AS ss, ${least} AS l FROM (${buckets})`;
  const large = `SELECT arrayJoin(arrayFilter((h, s) -> s * ${SLACK} >= l, hs, ss)) FROM (${arrays})`;
  const nothing = keys.map((key) => `defaultValueOfArgumentType(${key})`);
  const cut = keys.map((key, i) => `if(whole, ${key}, ${nothing[i]}) AS k${i}`);
  const marked = `SELECT *, ${bucket} IN (${large}) AS whole FROM (${rows})`;
  const named = keys.map((key, i) => `k${i} AS ${key}`).join(", ");
  const groups = keys.map((_, i) => `k${i}`).join(", ");
  return (
    `SELECT ${named}, w0, whole FROM (SELECT ${cut.join(", ")}, whole, ${SUM} AS w0 FROM (${marked})` +
    ` GROUP BY whole, ${groups} HAVING w0 > 0)`
  );
}
