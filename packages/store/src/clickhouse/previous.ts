import type { AggregatePlan } from "@ngflow/flows";
import { groupNames, rowsOf } from "./group-rows.ts";
import type { Rolled } from "./rolled.ts";
import { rowsOfTiers } from "./row-sources.ts";

/** Sums of the asked range and of the previous one. */
const NOW = "sumIf(toUInt128(v), prev = 0)";
const BEFORE = "sumIf(toUInt128(v), prev = 1)";

/**
 * An aggregate with the same range earlier in a second column `previous`. The groups are the largest of the asked
 * range; those that only the previous range has are among the others. Bins of the previous range are those of the
 * asked one.
 */
export function previousAggregate(
  plan: AggregatePlan,
  { plan: earlier, shiftMs }: NonNullable<AggregatePlan["previous"]>,
  rolled: Rolled,
  without: readonly string[],
): string {
  const { stepMs, by, top } = plan;
  const of = (which: AggregatePlan): string =>
    rowsOf(which, (step) => rowsOfTiers(which, rolled, { stepMs: step, without }))(stepMs);
  const { keys, names, shown } = groupNames(plan);
  const columns = [...(by.length === 0 ? [] : [keys]), "v"].join(", ");
  const bins = (shift: number): string => (stepMs === null ? "" : `, bin + ${shift} AS bin`);
  const both =
    `SELECT ${columns}${bins(0)}, 0 AS prev FROM (${of(plan)})` +
    ` UNION ALL SELECT ${columns}${bins(shiftMs)}, 1 AS prev FROM (${of(earlier)})`;
  if (by.length === 0) {
    if (stepMs === null) return `SELECT ${NOW} AS value, ${BEFORE} AS previous FROM (${both})`;
    return (
      `SELECT bin AS time, ${NOW} AS value, ${BEFORE} AS previous FROM (${both})` +
      " GROUP BY bin HAVING value + previous > 0 ORDER BY time"
    );
  }
  if (stepMs === null) {
    const totals = `SELECT ${keys}, ${NOW} AS w0, ${BEFORE} AS w1 FROM (${both}) GROUP BY ${keys} HAVING w0 + w1 > 0`;
    const ranked = `SELECT *, row_number() OVER (ORDER BY w0 DESC, ${keys}) <= ${top} AND w0 > 0 AS kept FROM (${totals})`;
    return (
      `SELECT ${shown}, sum(w0) AS value, sum(w1) AS previous FROM (${ranked})` +
      ` GROUP BY kept, ${names} ORDER BY kept DESC, value DESC, ${names}`
    );
  }
  const largest =
    `SELECT ${keys} FROM (${of(plan)}) GROUP BY ${keys} HAVING sum(toUInt128(v)) > 0` +
    ` ORDER BY sum(toUInt128(v)) DESC, ${keys} LIMIT ${top}`;
  return (
    `SELECT bin AS time, ${shown}, ${NOW} AS value, ${BEFORE} AS previous` +
    ` FROM (SELECT *, (${keys}) IN (${largest}) AS kept FROM (${both}))` +
    ` GROUP BY bin, kept, ${names} HAVING value + previous > 0 ORDER BY time, kept DESC, value DESC, ${names}`
  );
}
