import type { ApiParams, QueryResult } from "@ngflow/server/client";
import { addTerm, keepMark } from "../filter/predicate.ts";
import type { Get } from "./chart.ts";
import { groupOf } from "./group.ts";
import { type Unit, UNITS } from "./units.ts";

type Row = QueryResult["rows"][number];
type Params = Omit<ApiParams<"/query">, "metric" | "by"> & { readonly by?: readonly string[] };

/** Groups that one question names: its address stays well below what servers take. */
const NAMED = 10;

/** Asks for what a unit sums, in a column named after the sum; bytes with what every packet adds to them. */
export async function askSums(get: Get, unit: Unit, params: Params): Promise<QueryResult> {
  const { sum, overhead } = UNITS[unit];
  const bytes = await get("/query", { ...params, metric: sum });
  return overhead === 0 ? bytes : withOverhead(get, params, bytes, overhead);
}

/**
 * The bytes and so many more for each packet. The packets are asked for of the groups that are there: the largest by
 * packets may be others. Those of the rest are all packets without them.
 */
async function withOverhead(get: Get, params: Params, bytes: QueryResult, overhead: number): Promise<QueryResult> {
  const { by = [], order: _, top: __, ...common } = params;
  const packets = (term: string | null, names: readonly string[], top: number): Promise<QueryResult> =>
    get("/query", {
      ...common,
      metric: "packets",
      by: names,
      top,
      filter: term === null ? common.filter : addTerm(String(common.filter ?? ""), term),
    });
  const groups = new Map(bytes.rows.map((row) => groupOf(row, by)).map((group) => [group.key, group]));
  const terms = [...groups.values()].flatMap(({ mark }) => (mark === null ? [] : [keepMark(mark)]));
  const named = terms.filter((term) => term !== null);
  const asked: Promise<QueryResult>[] = [packets(null, [], 1)];
  for (let i = 0; i < named.length; i += NAMED) {
    const some = named.slice(i, i + NAMED);
    asked.push(packets(some.map((term) => `(${term})`).join(" or "), by, some.length));
  }
  const [all, ...parts] = await Promise.all(asked);
  const counts = new Map<string, number>();
  const keyOf = (row: Row): string => `${row["time"] ?? ""}\n${groupOf(row, by).key}`;
  const timeOf = (row: Row): string => String(row["time"] ?? "");
  const rest = new Map(all!.rows.map((row) => [timeOf(row), Number(row["packets"] ?? 0)]));
  for (const row of parts.flatMap(({ rows }) => rows)) {
    if (groupOf(row, by).mark === null) continue;
    const count = Number(row["packets"] ?? 0);
    counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + count);
    rest.set(timeOf(row), (rest.get(timeOf(row)) ?? 0) - count);
  }
  const rows = bytes.rows.map((row) => {
    const isRest = by.length === 0 || groupOf(row, by).mark === null;
    const count = isRest ? Math.max(0, rest.get(timeOf(row)) ?? 0) : (counts.get(keyOf(row)) ?? 0);
    return { ...row, bytes: Number(row["bytes"] ?? 0) + overhead * count };
  });
  return {
    ...bytes,
    rows,
    elapsedMs: parts.reduce((sum, part) => sum + part.elapsedMs, bytes.elapsedMs + all!.elapsedMs),
  };
}
