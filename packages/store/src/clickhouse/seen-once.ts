import { type AggregatePlan, COMPARED_AROUND_MS, comparesFlows, type Duplicates, SAME_TIME_MS } from "@ngflow/flows";
import { predicate } from "./predicate.ts";
import { receivedIn } from "./received-in.ts";
import { ms } from "./spread.ts";
import { type FlowTable, inRange } from "./spread-rows.ts";

/** What of a plan decides which of its rows are compared. */
type Compared = Pick<AggregatePlan, "fromMs" | "toMs" | "arrival" | "where"> & { readonly duplicates: Duplicates };

/** A table with flows, or some rows of it. */
type Source = Pick<FlowTable, "table" | "source">;

/** Protocols without ports: ICMP and ICMPv6. */
const WITHOUT_PORTS = "(1, 58)";

/**
 * The same flow: 128 bits of a hash of its key. Of ICMP some exporters send type and code in fields of their own, and
 * others as a destination port, 256 * type + code; what they send as a source port, if anything, is not the same.
 */
const flowOf = (table: string): string => {
  const isIcmp = `${table}.Proto IN ${WITHOUT_PORTS}`;
  const type = `toUInt16(256 * ${table}.IcmpType + ${table}.IcmpCode)`;
  const ports = [`if(${isIcmp}, 0, ${table}.SrcPort)`, `if(${isIcmp} AND ${type} != 0, ${type}, ${table}.DstPort)`];
  return `sipHash128(${table}.SrcAddr, ${table}.DstAddr, ${ports.join(", ")}, ${table}.Proto)`;
};

/** First and last millisecond of a row; one that ends before it starts has the time of its end. */
const lifeOf = (table: string): readonly [string, string] => {
  const end = ms(`${table}.TimeEnd`);
  return [`least(${ms(`${table}.TimeStart`)}, ${end})`, end];
};

/**
 * The rows of a source that a plan's choice of duplicates keeps, as a source again.
 *
 * An observation point is an exporter and a direction. Points that recorded one flow are put in order: lowest sampling
 * rate, then lowest address, then ingress. A row is a duplicate if a point before its own has a row of the flow whose
 * life, longer by SAME_TIME_MS at both ends, overlaps its own. Compared are rows that the filter keeps and that are at
 * most COMPARED_AROUND_MS outside the range, in `all` sources. The subquery is global, as each shard of a cluster needs
 * all of it.
 */
export function withChosenRows(plan: Compared, { table, source }: Source, all: readonly Source[]): string {
  if (!comparesFlows(plan.duplicates)) return source;
  const [start, end] = lifeOf(table);
  const row = `(${flowOf(table)}, ${table}.ExporterAddr, ${table}.Direction, ${start}, ${end})`;
  const is = plan.duplicates === "once" ? "GLOBAL NOT IN" : "GLOBAL IN";
  return `(SELECT * FROM ${source} WHERE ${rangeOf(plan, table, 0)} AND ${row} ${is} (${duplicates(plan, all)})) AS ${table}`;
}

/** How often what compares flows reads them: for the rows themselves, and twice to compare them. */
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

/**
 * Rows `flow, x, d, s, e` that are duplicates. Each row is once an event at its end, against which it asks how far the
 * rows of the points before reach that began until then; and once for each point behind its own an event at its start.
 */
function duplicates(plan: Compared, all: readonly Source[]): string {
  const rows = all.map((source) => comparedRows(plan, source)).join(" UNION ALL ");
  const points = `SELECT flow, x, d, max(rate) AS r FROM (${rows}) GROUP BY flow, x, d`;
  const several =
    `SELECT flow, arraySort(groupArray((r, x, d))) AS sorted FROM (${points})` +
    " GROUP BY flow HAVING length(sorted) > 1";
  const placed =
    "SELECT flow, x, d, s, e, length(sorted) AS n, arrayFirstIndex(p -> p.2 = x AND p.3 = d, sorted) AS i" +
    ` FROM (${rows}) AS each GLOBAL INNER JOIN (${several}) AS several USING (flow)`;
  const events =
    "SELECT flow, x, d, s, e, arrayJoin(arrayConcat([(i, e, 1)]," +
    ` arrayMap(j -> (j, s - ${SAME_TIME_MS}, 0), arrayMap(k -> k + i, range(1, n - i + 1))))) AS event FROM (${placed})`;
  const reach =
    `SELECT flow, x, d, s, e, event.3 AS asks, max(if(event.3 = 0, e + ${SAME_TIME_MS}, 0))` +
    " OVER (PARTITION BY flow, event.1 ORDER BY event.2, event.3 ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)" +
    ` AS until FROM (${events})`;
  return `SELECT flow, x, d, s, e FROM (${reach}) WHERE asks = 1 AND until >= s`;
}

/** Rows `flow, x, d, s, e, rate` of a source. */
function comparedRows(plan: Compared, { table, source }: Source): string {
  const [start, end] = lifeOf(table);
  return (
    `SELECT ${flowOf(table)} AS flow, ${table}.ExporterAddr AS x, ${table}.Direction AS d, ${start} AS s, ${end} AS e,` +
    ` greatest(${table}.SamplingRate, 1) AS rate FROM ${source}` +
    ` WHERE ${rangeOf(plan, table, COMPARED_AROUND_MS)} AND (${predicate(table, plan.where)})`
  );
}
