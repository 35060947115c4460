import { type AggregatePlan, COMPARED_AROUND_MS, comparesFlows, type Duplicates } from "@ngflow/flows";
import { comparedColumns, overlapping, rowOf } from "./overlaps.ts";
import { predicate } from "./predicate.ts";
import { receivedIn } from "./received-in.ts";
import { type FlowTable, inRange } from "./spread-rows.ts";

/** What of a plan decides which of its rows are compared. */
type Compared = Pick<AggregatePlan, "fromMs" | "toMs" | "arrival" | "where"> & { readonly duplicates: Duplicates };

/** A table with flows, or some rows of it. */
type Source = Pick<FlowTable, "table" | "source">;

/**
 * The rows of tables that a plan's choice of duplicates keeps, as a source by the name of the first table. Who reads it
 * twice compares twice.
 *
 * An observation point is an exporter and a direction. Points that recorded one flow are put in order: lowest sampling
 * rate, then lowest address, then ingress. A row is a duplicate if a point before its own has a row of the flow whose
 * life, longer by SAME_TIME_MS at both ends, overlaps its own. Compared are rows that the filter keeps and that are at
 * most COMPARED_AROUND_MS outside the range, of all tables. The subquery is global, as each shard of a cluster needs
 * all of it.
 */
export function chosenRows(plan: Compared, all: readonly [Source, ...Source[]]): string {
  const [{ table }] = all;
  const is = plan.duplicates === "once" ? "GLOBAL NOT IN" : "GLOBAL IN";
  const kept = `${rowOf(table)} ${is} (${duplicates(plan, all)})`;
  const rows = all.map((one) => `SELECT * FROM ${one.source} WHERE ${rangeOf(plan, one.table, 0)}`);
  if (rows.length === 1) return `(${rows[0]} AND ${kept}) AS ${table}`;
  return `(SELECT * FROM (${rows.join(" UNION ALL ")}) AS ${table} WHERE ${kept}) AS ${table}`;
}

/** How often what compares flows reads them: for the rows themselves, for their points, and to compare them. */
const COMPARED_READS = 3;

/** The plan that does not compare its flows, and how often more it would read them. */
export function withoutComparison<Plan extends { readonly duplicates: Duplicates }>(
  plan: Plan & { readonly previous?: { readonly plan: Plan; readonly shiftMs: number } },
): { readonly plan: Plan; readonly times: number } {
  if (!comparesFlows(plan.duplicates)) return { plan, times: 1 };
  const { previous } = plan;
  const earlier = previous && { previous: { ...previous, plan: withoutComparison(previous.plan).plan } };
  return { plan: { ...plan, duplicates: "as-seen", ...earlier }, times: COMPARED_READS };
}

function rangeOf({ fromMs, toMs, arrival }: Compared, table: string, aroundMs: number): string {
  const range = { fromMs: Math.max(0, fromMs - aroundMs), toMs: toMs + aroundMs };
  return `(${arrival ? receivedIn(table, range) : inRange(range)})`;
}

/** The rows, as `rowOf`, that are duplicates. Where all rows are of one point, which is soon known, there are none. */
function duplicates(plan: Compared, all: readonly Source[]): string {
  const rows = (columns: (table: string) => string, more = ""): string =>
    all
      .map(({ table, source }) => {
        const range = rangeOf(plan, table, COMPARED_AROUND_MS);
        return `SELECT ${columns(table)} FROM ${source} WHERE ${range} AND (${predicate(table, plan.where)})${more}`;
      })
      .join(" UNION ALL ");
  const points = rows((table) => `${table}.ExporterAddr AS x, ${table}.Direction AS d`);
  const several = `(SELECT min(x) != max(x) OR min(d) != max(d) FROM (${points}))`;
  return overlapping(rows(comparedColumns, ` AND ${several}`));
}
